// attack: a config that holds itself
// refused: 
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.self = { again: config };
}
