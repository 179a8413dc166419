# attack: an error that loops when the host looks at it
# refused: ran longer than its limit / allocated more than its limit
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

class Sly(BaseException):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__

    @property
    def __traceback__(self):
        while True:
            pass


def on_begin(ctx):
    raise Sly()
