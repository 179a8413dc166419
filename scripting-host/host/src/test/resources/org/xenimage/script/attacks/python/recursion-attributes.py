# attack: recursion through attributes and conversions
# refused: recursion / recursed too deeply / ran longer / allocated more
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

class Sly:
    def __getattr__(self, name):
        return getattr(self, name + 'x')

    def __repr__(self):
        return repr([self])


def on_begin(ctx):
    try:
        repr(Sly())
    except RecursionError:
        pass
    Sly().value
