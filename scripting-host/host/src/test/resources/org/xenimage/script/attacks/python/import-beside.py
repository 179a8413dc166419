# attack: a module that is not there
# refused: No module named 'lib'
POLICY = {'api': 1}

from lib.nosuch import key


def on_begin(ctx):
    ctx.log('GOT THROUGH ' + key)
