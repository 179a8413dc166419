# attack: builtins and modules for the next policy to find
# contained: left
POLICY = {'api': 1}

import builtins
import json
import sys


def on_begin(ctx):
    builtins.leaked = 1
    builtins.len = lambda *a: 0
    builtins.print = None
    json.dumps = lambda *a: 'evil'
    sys.modules['leaked'] = sys
    sys.path.append('/leaked')
    ctx.log('left')
