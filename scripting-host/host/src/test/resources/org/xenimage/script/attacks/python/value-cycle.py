# attack: a config that holds itself
# refused: 
POLICY = {'api': 1}

def on_config(config, ctx):
    config['self'] = {'again': config}
