# attack: the frames below the hook, and what they hold
# contained: tried 8
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: __import__('sys')._getframe(5),
        lambda: __import__('sys')._getframe().f_back.f_back.f_back.f_globals['system'],
        lambda: __import__('inspect').stack()[9],
        lambda: __import__('gc').get_objects(),
        lambda: __import__('gc').get_referrers(ctx),
        lambda: __import__('sys')._current_frames()[0],
        lambda: __import__('traceback').extract_stack()[9],
        lambda: (lambda: 0).__globals__['__builtins__']['open']('/etc/passwd'),
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
