# attack: keys that are no texts
# refused: a value that is neither dict, list, str, int, float, bool nor None
POLICY = {'api': 1}

def on_config(config, ctx):
    config['c_info'][(1, 2)] = 'evil'
