// attack: a number that JSON cannot hold
// refused: 
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.b_info.max_memkb = NaN;
}
