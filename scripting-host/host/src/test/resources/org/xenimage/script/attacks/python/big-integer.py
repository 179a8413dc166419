# attack: one expression with integers of millions of digits
# isolated: one operation
# refused: did not stop / ran longer / allocated more
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

def on_begin(ctx):
    for i in range(50):
        (7 ** (50000000 + i)) % (3 ** 40000000)
