// attack: the console that the next policy prints with
// contained: broken
export const policy = { api: 1 };

export function onBegin(ctx) {
  for (const name of Object.getOwnPropertyNames(console)) console[name] = null;
  globalThis.print = null;
  ctx.log('broken');
}
