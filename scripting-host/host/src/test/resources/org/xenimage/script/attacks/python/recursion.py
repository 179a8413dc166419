# attack: recursion without end
# refused: recursion / recursed too deeply / ran longer / allocated more
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

def deep(n):
    return deep(n + 1) + 1


def on_begin(ctx):
    deep(0)
