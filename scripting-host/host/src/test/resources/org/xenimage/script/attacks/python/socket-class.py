# attack: a socket by its class, without its module
# refused: socket was excluded / cannot import _socket
POLICY = {'api': 1}

def on_begin(ctx):
    import socket
    [c for c in object.__subclasses__() if c.__name__ == 'socket'][0]()
