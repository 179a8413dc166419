// attack: half a character as a key
// refused: 
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.c_info['web\udc00'] = 1;
}
