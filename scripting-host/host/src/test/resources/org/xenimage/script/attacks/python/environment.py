# attack: variables, users and the name of the machine
# contained: tried 13
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: __import__('os').environ['PATH'],
        lambda: __import__('os').environ['HOME'],
        lambda: __import__('os').environb[b'PATH'],
        lambda: __import__('os').putenv('A', 'B'),
        lambda: __import__('os').environ.__setitem__('A', 'B'),
        lambda: __import__('os').getuid(),
        lambda: __import__('os').getlogin(),
        lambda: __import__('pwd').getpwuid(0),
        lambda: __import__('socket').gethostname(),
        lambda: __import__('getpass').getuser(),
        lambda: __import__('os').uname().nodename[99],
        lambda: __import__('os').getppid(),
        lambda: __import__('os').cpu_count() / 0,
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
