# attack: a number read from millions of digits
# isolated: one operation
# refused: digits / ran longer / did not stop / allocated more
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

import sys


def on_begin(ctx):
    for i in range(50):
        text = '9' * (30000000 + i)
        sum(int(text[at:at + 4000]) for at in range(0, len(text), 4000))
