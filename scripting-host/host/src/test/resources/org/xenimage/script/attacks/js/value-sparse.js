// attack: a list of four billion holes
// refused: config.nics[1]: an array has no undefined items
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onConfig(config, ctx) {
  config.nics.length = 2 ** 32 - 1;
}
