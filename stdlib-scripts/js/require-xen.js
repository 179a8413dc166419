/**
 * Refuses images that a Xen outside a range of versions saved.
 *
 * An image of a newer Xen may hold records that this host's Xen does not know; one of an older Xen may miss some that
 * it needs. An image that does not say which Xen saved it, such as one that was converted from a legacy stream, is
 * refused too.
 */

/** @import { Policy, OnBegin } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'require-xen',
  version: '1.0',
  params: {
    minimum: { type: 'string', pattern: '^([0-9]+\\.[0-9]+)?$', default: '', doc: 'the oldest version, such as 4.14' },
    maximum: { type: 'string', pattern: '^([0-9]+\\.[0-9]+)?$', default: '', doc: 'the newest version, such as 4.17' },
  },
};

const number = (version) => {
  const [major, minor] = version.split('.').map(Number);
  return major * 65536 + minor;
};

/** @type {OnBegin} */
export function onBegin(ctx) {
  const { minimum, maximum } = ctx.params;
  const saved = ctx.image.xen;
  if (saved === null) ctx.veto('the image does not say which Xen saved it');
  if (minimum !== '' && number(saved) < number(minimum))
    ctx.veto(`Xen ${saved} saved it; at least ${minimum} is required`);
  if (maximum !== '' && number(saved) > number(maximum))
    ctx.veto(`Xen ${saved} saved it; at most ${maximum} is allowed`);
}
