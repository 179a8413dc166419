# attack: other programs
# contained: tried 12
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: __import__('os').system('id'),
        lambda: __import__('os').popen('id').read(),
        lambda: __import__('os').fork(),
        lambda: __import__('os').execv('/bin/sh', ['sh']),
        lambda: __import__('os').posix_spawn('/bin/sh', ['sh'], {}),
        lambda: __import__('os').spawnl(0, '/bin/sh', 'sh'),
        lambda: __import__('subprocess').run(['id']),
        lambda: __import__('subprocess').getoutput('id') / 0,
        lambda: __import__('pty').spawn('sh'),
        lambda: __import__('multiprocessing').Process(target=print).start(),
        lambda: __import__('concurrent.futures').futures.ProcessPoolExecutor().submit(print).result(),
        lambda: __import__('webbrowser').open('http://127.0.0.1') or 1 / 0,
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
