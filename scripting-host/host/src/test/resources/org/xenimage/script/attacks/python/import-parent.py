# attack: a module above the folder of the policy
# refused: 
POLICY = {'api': 1}

from ...secrets import key


def on_begin(ctx):
    ctx.log('GOT THROUGH ' + key)
