// attack: a file by its URL
// refused: import
export const policy = { api: 1 };

import stolen from 'file:///etc/passwd';

export function onBegin(ctx) {
  ctx.log('GOT THROUGH ' + stolen);
}
