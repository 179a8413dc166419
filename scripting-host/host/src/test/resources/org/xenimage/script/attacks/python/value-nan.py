# attack: a number that JSON cannot hold
# refused: a value that is neither dict, list, str, int, float, bool nor None
POLICY = {'api': 1}

def on_config(config, ctx):
    config['b_info']['max_memkb'] = float('nan')
