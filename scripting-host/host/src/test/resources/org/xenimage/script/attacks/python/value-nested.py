# attack: a config nested a hundred thousand levels deep
# refused: needed more memory / recursed too deeply / ran longer than its limit / allocated more than
POLICY = {'api': 1}

def on_config(config, ctx):
    deep = {}
    for i in range(100000):
        deep = {'deep': deep}
    config['deep'] = deep
