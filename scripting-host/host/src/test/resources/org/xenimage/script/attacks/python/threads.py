# attack: threads, and loops of events
# contained: tried 7
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: __import__('threading').Thread(target=print).start(),
        lambda: __import__('_thread').start_new_thread(print, ()),
        lambda: __import__('threading').Timer(0, print).start(),
        lambda: __import__('concurrent.futures').futures.ThreadPoolExecutor().submit(print).result(),
        lambda: __import__('multiprocessing.pool').pool.ThreadPool(1),
        lambda: __import__('asyncio').run(None),
        lambda: __import__('sched').scheduler().run(5) / 0,
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
