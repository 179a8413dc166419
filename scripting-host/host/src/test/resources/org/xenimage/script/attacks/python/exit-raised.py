# attack: an end of the program, raised
# refused: cannot end the program
POLICY = {'api': 1}

def on_begin(ctx):
    raise SystemExit(3)
