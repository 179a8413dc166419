# attack: classes of the language for the next policy to find
# contained: tried
POLICY = {'api': 1}

def on_begin(ctx):
    import collections.abc
    import datetime
    for kind in (dict, list, str, int, object, type, datetime.datetime):
        try:
            kind.leaked = 1
        except TypeError:
            pass
    collections.Counter.leaked = 1
    collections.abc.Mapping.register(type(ctx))
    ctx.log('tried')
