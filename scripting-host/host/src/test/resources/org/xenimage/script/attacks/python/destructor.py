# attack: code that runs when the interpreter is taken down
# contained: armed
POLICY = {'api': 1}

class Sly:
    def __del__(self):
        while True:
            pass


kept = [Sly()]
kept.append(kept)


def on_begin(ctx):
    ctx.log('armed')
