# attack: one call that counts to a billion billions
# isolated: one operation
# refused: did not stop / ran longer / allocated more
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

def on_begin(ctx):
    sum(range(10 ** 18))
