// attack: a proxy whose traps never come back
// refused: ran longer than its limit / allocated more than its limit
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

const forever = () => {
  for (;;) {}
};
export function onConfig(config, ctx) {
  config.sly = new Proxy({}, { get: forever, ownKeys: forever, getPrototypeOf: forever, has: forever });
}
