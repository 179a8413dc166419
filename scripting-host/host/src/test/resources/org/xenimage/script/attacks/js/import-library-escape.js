// attack: a file above the library
// refused: import
export const policy = { api: 1 };

import stolen from 'xenimage/../../host/policy.js';

export function onBegin(ctx) {
  ctx.log('GOT THROUGH ' + stolen);
}
