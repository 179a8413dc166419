# attack: an object of a class of the policy
# refused: a value that is neither dict, list, str, int, float, bool nor None
POLICY = {'api': 1}

class Sly:
    def __iter__(self):
        while True:
            yield 1


def on_config(config, ctx):
    config['c_info']['name'] = Sly()
