# attack: time that passes without work
# refused: time.sleep: a policy has no files, processes, signals, clock
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

import time


def on_begin(ctx):
    time.sleep(1000)
