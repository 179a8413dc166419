# attack: time that passes without work
# refused: ran longer than its limit / allocated more than its limit
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

import time


def on_begin(ctx):
    time.sleep(1000)
