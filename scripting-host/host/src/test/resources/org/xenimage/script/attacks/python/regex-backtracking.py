# attack: a pattern that takes exponential time
# refused: ran longer than its limit / allocated more than its limit
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

import re


def on_begin(ctx):
    re.match(r'^(x+x+)+\1y$', 'x' * 60)
