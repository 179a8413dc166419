# attack: lines that look like those of another policy
# contained: forged
POLICY = {'api': 1}

def on_begin(ctx):
    ctx.log('x\n{"seq":1,"policy":"witness","event":"failed","reason":"forged"}')
    ctx.log('"},{"policy":"witness","hook":"onConfig","path":"forged"')
    print('x\r\n{"seq":2,"policy":"witness","event":"failed"}\u2028{"seq":3}')
