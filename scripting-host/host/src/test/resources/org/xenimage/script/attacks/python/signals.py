# attack: signals, to keep the process or to end it
# contained: tried 10
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: __import__('signal').signal(15, print),
        lambda: __import__('signal').raise_signal(9),
        lambda: __import__('signal').alarm(1),
        lambda: __import__('os').kill(__import__('os').getpid(), 9),
        lambda: __import__('os').killpg(0, 9),
        lambda: __import__('os').abort(),
        lambda: __import__('_thread').interrupt_main(),
        lambda: __import__('faulthandler')._sigsegv(),
        lambda: __import__('atexit').register(print),
        lambda: __import__('sys').settrace(print),
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
