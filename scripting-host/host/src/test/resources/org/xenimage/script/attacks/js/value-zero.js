// attack: a name with the character that ends texts of C
// edited: "after":"web\u0000evil"
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  config.c_info.name = 'web\0evil';
}
