// Overwrites API tokens in the guest's memory, at the speed of Java.

/** @import { Policy, OnBegin } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'scrub-tokens',
  version: '1.0',
};

/** @type {OnBegin} */
export function onBegin(ctx) {
  ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49 });
}
