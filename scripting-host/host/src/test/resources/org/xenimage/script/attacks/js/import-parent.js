// attack: a file above the folder of the policy
// refused: import
export const policy = { api: 1 };

import stolen from '../../../secrets.js';

export function onBegin(ctx) {
  ctx.log('GOT THROUGH ' + stolen);
}
