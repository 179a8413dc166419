# attack: a generator that refuses to end
# refused: ran longer than its limit / allocated more than its limit
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

def trap():
    while True:
        try:
            yield 1
        except BaseException:
            pass


def on_begin(ctx):
    while True:
        try:
            trap().throw(ValueError)
        except BaseException:
            pass
