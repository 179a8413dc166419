# attack: the context itself, which later hooks and the host use
# contained: tried 6
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: setattr(ctx, 'log', 1),
        lambda: delattr(ctx, 'log'),
        lambda: setattr(ctx, 'operator', 'root'),
        lambda: setattr(ctx, '__class__', dict),
        lambda: ctx.__dict__.__setitem__('log', 1),
        lambda: object.__setattr__(ctx, 'operator', 'root'),
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
