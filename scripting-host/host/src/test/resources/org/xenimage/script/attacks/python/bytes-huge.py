# attack: one buffer of two gigabytes
# isolated: one allocation
# refused: memory / MemoryError / allocated more / ran longer
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

def on_begin(ctx):
    bytearray((1 << 31) - 16)
