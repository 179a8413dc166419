# attack: classes of Java, and other languages
# contained: tried 11
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: __import__('java').type('java.lang.System'),
        lambda: __import__('polyglot').eval(language='js', string='1'),
        lambda: __import__('polyglot').import_value('x'),
        lambda: __import__('jarray').zeros(1),
        lambda: ctx.getClass(),
        lambda: ctx.log.getClass(),
        lambda: ctx.__getattr__('getClass')(),
        lambda: getattr(ctx, 'class'),
        lambda: ctx.log.__self__.getClass(),
        lambda: ctx.image.wait(),
        lambda: __import__('__graalpython__').host_import_enabled / 0,
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
