/**
 * Overwrites secrets in the guest's memory, wherever they stand in ordinary pages.
 *
 * A page rule: it runs in Java over every page and costs no script call. Page tables are never touched. A match split
 * over two pages that are neighbours by PFN is found where both are in one batch of 1,024.
 */
export const policy = {
  api: 1,
  name: 'scrub-pattern',
  version: '1.0',
  params: {
    text: { required: true, doc: 'the text that a secret begins with, UTF-8' },
    length: { default: 0, doc: 'bytes to overwrite from there on; 0 for the text alone' },
    fill: { default: 0, doc: 'the byte to write, 0 to 255' },
  },
};

export function onBegin(ctx) {
  const { text, length, fill } = ctx.params;
  ctx.pages.scrub({ text, length: Number(length), fill: Number(fill) });
}
