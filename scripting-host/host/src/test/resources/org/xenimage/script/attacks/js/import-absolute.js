// attack: a file by its path
// refused: import
export const policy = { api: 1 };

import stolen from '/etc/passwd';

export function onBegin(ctx) {
  ctx.log('GOT THROUGH ' + stolen);
}
