// attack: a function as a value
// refused: 
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.c_info.name = () => 'evil';
}
