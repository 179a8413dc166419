# attack: a module that never finishes loading
# refused: ran longer than its limit / allocated more than its limit
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

while True:
    pass


def on_begin(ctx):
    pass
