# attack: a module above the folder of the policy
# refused: attempted relative import beyond top-level package
POLICY = {'api': 1}

from ...secrets import key


def on_begin(ctx):
    ctx.log('GOT THROUGH ' + key)
