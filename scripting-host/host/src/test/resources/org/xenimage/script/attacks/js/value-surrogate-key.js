// attack: half a character as a key
// refused: low surrogate in field name
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.c_info['web\udc00'] = 1;
}
