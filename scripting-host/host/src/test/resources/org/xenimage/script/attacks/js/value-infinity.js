// attack: infinity, in a list
// refused: config.nics[1]: -Infinity is not a JSON number
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.nics.push(-Infinity);
}
