# attack: small allocations without end
# refused: allocated more than its limit / ran longer than its limit
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

kept = []


def on_begin(ctx):
    while True:
        kept.append([0] * 1000)
