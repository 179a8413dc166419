# attack: more lines than anybody reads
# contained: further output is dropped
POLICY = {'api': 1}

def on_begin(ctx):
    for i in range(25000):
        print('flood')
