// attack: a list of four billion holes
// refused: 
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onConfig(config, ctx) {
  config.nics.length = 2 ** 32 - 1;
}
