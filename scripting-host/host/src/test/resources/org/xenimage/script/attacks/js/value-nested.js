// attack: a config nested a hundred thousand levels deep
// refused: nested deeper than 200 levels, or cyclic
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  let deep = {};
  for (let i = 0; i < 100000; i++) deep = { deep };
  config.deep = deep;
}
