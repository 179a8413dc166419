# attack: code that comes as data
# contained: tried 7
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: __import__('pickle').loads(b"cposix\nsystem\n(S'id'\ntR."),
        lambda: __import__('pickle').loads(b"c__builtin__\nopen\n(S'/etc/passwd'\ntR."),
        lambda: eval(compile("__import__('os').system('id')", 'x', 'eval')),
        lambda: exec("import subprocess; subprocess.run(['id'])"),
        lambda: __import__('marshal').loads(b'c'),
        lambda: __import__('shelve').open('/tmp/x'),
        lambda: __import__('pdb').set_trace() or 1 / 0,
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
