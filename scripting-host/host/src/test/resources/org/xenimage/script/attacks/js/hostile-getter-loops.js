// attack: a property that never comes back when the host reads it
// refused: ran longer than its limit / allocated more than its limit
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onConfig(config, ctx) {
  Object.defineProperty(config, 'sly', {
    enumerable: true,
    get() {
      for (;;) {}
    },
  });
}
