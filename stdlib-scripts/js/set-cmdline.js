/**
 * Changes the kernel command line in the domain's config.
 *
 * A running guest has already read its command line, so the change takes effect at the next boot.
 */

/** @import { Policy, OnConfig } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'set-cmdline',
  version: '1.0',
  params: {
    cmdline: { default: '', doc: 'the new command line; empty keeps the old one' },
    append: { default: '', doc: 'words to append, unless they are already there' },
    remove: { default: '', doc: 'words to remove' },
  },
};

const words = (text) => text.split(/\s+/).filter((word) => word !== '');

/** @type {OnConfig} */
export function onConfig(config, ctx) {
  const { cmdline, append, remove } = ctx.params;
  const old = config.b_info.cmdline ?? '';
  const gone = words(remove);
  const kept = words(cmdline === '' ? old : cmdline).filter((word) => !gone.includes(word));
  const added = words(append).filter((word) => !kept.includes(word));
  const made = [...kept, ...added].join(' ');
  if (made !== words(old).join(' ')) config.b_info.cmdline = made;
}
