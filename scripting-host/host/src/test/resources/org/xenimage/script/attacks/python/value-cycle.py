# attack: a config that holds itself
# refused: a value that is neither dict, list, str, int, float, bool nor None
POLICY = {'api': 1}

def on_config(config, ctx):
    config['self'] = {'again': config}
