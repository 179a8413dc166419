# attack: a number that JSON cannot hold
# refused: 
POLICY = {'api': 1}

def on_config(config, ctx):
    config['b_info']['max_memkb'] = float('nan')
