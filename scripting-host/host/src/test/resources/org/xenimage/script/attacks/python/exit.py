# attack: an end of the program
# refused: cannot end the program
POLICY = {'api': 1}

def on_begin(ctx):
    import sys; sys.exit(3)
