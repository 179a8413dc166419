# attack: one list of two gigabytes
# isolated: one allocation
# refused: memory / MemoryError / allocated more / ran longer
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

def on_begin(ctx):
    [0.5] * (1 << 28)
