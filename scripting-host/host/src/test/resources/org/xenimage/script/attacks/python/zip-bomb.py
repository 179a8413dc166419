# attack: data that grows a thousand times
# refused: allocated more than its limit / memory / ran longer
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

import zlib


def on_begin(ctx):
    small = zlib.compress(bytes(1 << 20))
    kept = []
    while True:
        kept.append(zlib.decompress(small))
