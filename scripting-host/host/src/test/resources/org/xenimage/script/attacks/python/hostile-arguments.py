# attack: arguments that run code when the host reads them
# refused: ran longer than its limit / allocated more than its limit
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

class Sly:
    def __str__(self):
        while True:
            pass

    __repr__ = __index__ = __len__ = __str__


def on_begin(ctx):
    try:
        ctx.log(Sly())
    except BaseException:
        pass
    ctx.pages.scrub(text=Sly(), length=Sly())
