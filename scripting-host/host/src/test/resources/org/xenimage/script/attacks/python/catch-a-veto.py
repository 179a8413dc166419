# attack: a veto that is caught at once
# refused: vetoed: no
POLICY = {'api': 1}

def on_begin(ctx):
    try:
        ctx.veto('no')
    except BaseException:
        pass
