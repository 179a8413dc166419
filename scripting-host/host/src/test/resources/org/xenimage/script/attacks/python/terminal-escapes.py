# attack: sequences that drive a terminal
# refused: vetoed: 
POLICY = {'api': 1}

def on_begin(ctx):
    ctx.log('\x1b[2J\x1b]0;owned\x07\x9b31m\u202etxt.exe')
    ctx.veto('\x1b[2Jall is well\r')
