# attack: an interrupt, as from the keyboard
# refused: KeyboardInterrupt / interrupted
POLICY = {'api': 1}

def on_begin(ctx):
    raise KeyboardInterrupt()
