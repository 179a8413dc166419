# attack: a dict that is another one each time it is read
# refused: a value that is neither dict, list, str, int, float, bool nor None
POLICY = {'api': 1, 'limits': {'milliseconds': 400, 'kilobytes': 49152}}

class Sly(dict):
    def items(self):
        while True:
            yield ('evil', 1)

    keys = __iter__ = items

    def __len__(self):
        return 1 << 40

    def __getitem__(self, key):
        return self


def on_config(config, ctx):
    config['sly'] = Sly(a=1)
    config['sly']['b'] = config['sly']
