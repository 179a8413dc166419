/**
 * Changes the kernel command line in the domain's config.
 *
 * A running guest has read its command line already: the change counts from its next boot on.
 */
export const policy = {
  api: 1,
  name: 'set-cmdline',
  version: '1.0',
  params: {
    cmdline: { default: '', doc: 'the new command line; empty keeps the old one' },
    append: { default: '', doc: 'words to add at its end, unless they are there' },
    remove: { default: '', doc: 'words to take out' },
  },
};

const words = (text) => text.split(/\s+/).filter((word) => word !== '');

export function onConfig(config, ctx) {
  const { cmdline, append, remove } = ctx.params;
  const old = config.b_info.cmdline ?? '';
  const gone = words(remove);
  const kept = words(cmdline === '' ? old : cmdline).filter((word) => !gone.includes(word));
  const added = words(append).filter((word) => !kept.includes(word));
  const made = [...kept, ...added].join(' ');
  if (made !== words(old).join(' ')) config.b_info.cmdline = made;
}
