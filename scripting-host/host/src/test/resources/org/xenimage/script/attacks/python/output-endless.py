# attack: a line that does not end
# contained: done
POLICY = {'api': 1}

import sys


def on_begin(ctx):
    for i in range(100):
        sys.stdout.write('x' * 10000)
        sys.stderr.write('y' * 10000)
    ctx.log('done')
