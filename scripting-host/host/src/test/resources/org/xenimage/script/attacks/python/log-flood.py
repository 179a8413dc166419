# attack: more lines than the log may have
# refused: its budget of 20000 lines
POLICY = {'api': 1}

def on_begin(ctx):
    for i in range(25000):
        ctx.warn('flood')
