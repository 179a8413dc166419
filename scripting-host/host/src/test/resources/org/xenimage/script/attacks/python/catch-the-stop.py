# attack: a loop that catches whatever stops it
# refused: ran longer than its limit / allocated more than its limit
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

def on_begin(ctx):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
        finally:
            pass
