// attack: the context as a value of the config
// refused: config.sly: expected a plain object or array
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.sly = ctx;
}
