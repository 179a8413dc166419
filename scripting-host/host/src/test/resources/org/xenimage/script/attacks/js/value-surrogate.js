// attack: half a character, which has no UTF-8
// edited: "path":"c_info.name"
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.c_info.name = 'web\ud800';
}
