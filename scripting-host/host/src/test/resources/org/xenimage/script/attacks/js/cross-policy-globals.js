// attack: globals for the next policy to find
// contained: left
export const policy = { api: 1 };

export function onBegin(ctx) {
  globalThis.leaked = 1;
  var leakedToo = 2;
  Object.leaked = 1;
  Symbol.for('leaked').description;
  Math.random = () => 0.5;
  Date.now = () => 0;
  console.log = () => {};
  ctx.site.leaked = 1;
  ctx.params.leaked = 1;
  ctx.log('left');
}
