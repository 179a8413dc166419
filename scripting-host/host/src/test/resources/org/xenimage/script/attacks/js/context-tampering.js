// attack: the context itself, which later hooks and the host use
// contained: tried 5
export const policy = { api: 1 };

export function onBegin(ctx) {
  const attempts = [
    () => Object.defineProperty(ctx, 'log', { value: 1 }),
    () => (function () { 'use strict'; ctx.log = 1; })(),
    () => (function () { 'use strict'; delete ctx.log; })(),
    () => (function () { 'use strict'; ctx.operator = 'root'; })(),
    () => Object.setPrototypeOf(ctx, { evil: 1 }),
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch {
      continue;
    }
    ctx.log('GOT THROUGH ' + attempt);
  }
  ctx.log('tried ' + attempts.length);
}
