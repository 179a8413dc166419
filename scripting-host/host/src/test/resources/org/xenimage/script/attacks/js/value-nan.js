// attack: a number that JSON cannot hold
// refused: config.b_info.max_memkb: NaN is not a JSON number
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.b_info.max_memkb = NaN;
}
