# attack: an end of the program while the policy loads
# refused: cannot end the program
POLICY = {'api': 1}

raise SystemExit(3)


def on_begin(ctx):
    pass
