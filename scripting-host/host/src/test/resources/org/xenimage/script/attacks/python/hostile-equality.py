# attack: values that lie when they are compared
# refused: ran longer than its limit / allocated more than its limit
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

class Sly(str):
    def __eq__(self, other):
        while True:
            pass

    __hash__ = str.__hash__


def on_config(config, ctx):
    config[Sly('name')] = Sly('x')
    config['name']
