// attack: a function as a value
// refused: config.c_info.name: a function is not an object, array, string, number, BigInt, boolean or null
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.c_info.name = () => 'evil';
}
