# attack: an undo function that never comes back
# refused: vetoed: no
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

def on_begin(ctx):
    def forever(error):
        while True:
            pass

    ctx.on_failure(forever)
    ctx.veto('no')
