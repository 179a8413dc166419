# attack: a set, bytes and a complex number as values
# refused: a value that is neither dict, list, str, int, float, bool nor None
POLICY = {'api': 1}

def on_config(config, ctx):
    config['nics'] = [{1, 2}, b'evil', 1j]
