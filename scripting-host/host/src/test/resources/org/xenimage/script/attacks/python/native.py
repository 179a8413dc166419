# attack: code of the machine
# contained: tried 7
POLICY = {'api': 1}

def on_begin(ctx):
    attempts = [
        lambda: __import__('ctypes').CDLL(None),
        lambda: __import__('_ctypes').dlopen('libc.so.6', 2),
        lambda: __import__('cffi').FFI(),
        lambda: __import__('imp').load_dynamic('x', '/tmp/x.so'),
        lambda: __import__('_imp').create_dynamic(None),
        lambda: __import__('importlib.machinery').machinery.ExtensionFileLoader('x', '/tmp/x.so').load_module(),
        lambda: __import__('resource').setrlimit(0, (1, 1)),
    ]
    for number, attempt in enumerate(attempts):
        try:
            attempt()
        except BaseException:
            continue
        ctx.log('GOT THROUGH %d' % number)
    ctx.log('tried %d' % len(attempts))
