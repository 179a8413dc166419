# attack: keys that are no texts
# refused: 
POLICY = {'api': 1}

def on_config(config, ctx):
    config['c_info'][(1, 2)] = 'evil'
