# attack: half a character, which has no UTF-8
# edited: "path":"c_info.name"
POLICY = {'api': 1}

def on_config(config, ctx):
    config['c_info']['name'] = 'web\ud800'
