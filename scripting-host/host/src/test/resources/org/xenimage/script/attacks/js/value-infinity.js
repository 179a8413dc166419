// attack: infinity, in a list
// refused: 
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.nics.push(-Infinity);
}
