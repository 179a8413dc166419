# attack: a config nested a hundred thousand levels deep
# refused: 
POLICY = {'api': 1}

def on_config(config, ctx):
    deep = {}
    for i in range(100000):
        deep = {'deep': deep}
    config['deep'] = deep
