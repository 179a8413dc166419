// attack: a property that throws when the host reads it
// refused: not for you
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  Object.defineProperty(config, 'sly', {
    enumerable: true,
    get() {
      throw new Error('not for you');
    },
  });
}
