// attack: a proxy with keys without end
// refused: ran longer than its limit / allocated more than its limit
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onConfig(config, ctx) {
  config.nics = new Proxy([], {
    get: (target, name) => (name === 'length' ? 2 ** 53 : name),
    has: () => true,
    ownKeys: () => Array.from({ length: 1000 }, (_, i) => String(i)),
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 'x' }),
  });
}
