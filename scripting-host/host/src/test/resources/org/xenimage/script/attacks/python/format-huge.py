# attack: a text of two gigabytes, by its width
# isolated: one allocation
# refused: memory / MemoryError / allocated more / ran longer / did not stop / too big
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

def on_begin(ctx):
    '%2000000000d' % 1
