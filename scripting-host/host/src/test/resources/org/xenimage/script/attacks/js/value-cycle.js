// attack: a config that holds itself
// refused: nested deeper than 200 levels, or cyclic
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.self = { again: config };
}
