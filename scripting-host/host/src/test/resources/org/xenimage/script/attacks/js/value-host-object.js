// attack: the context as a value of the config
// refused: 
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.sly = ctx;
}
