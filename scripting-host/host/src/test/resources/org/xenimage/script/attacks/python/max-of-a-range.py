# attack: one call that looks at a billion billions
# isolated: one operation
# refused: did not stop / ran longer / allocated more
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

def on_begin(ctx):
    max(range(10 ** 18))
