/**
 * Overwrites secrets in the guest's memory, wherever they occur in ordinary pages.
 *
 * It uses a page rule, which runs in Java over every page, without a script call. Page tables are never touched. A
 * match across two pages is found if their PFNs are adjacent and both pages are in one batch of 1,024.
 */

/** @import { Policy, OnBegin } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'scrub-pattern',
  version: '1.0',
  params: {
    text: { required: true, doc: 'the text that a secret begins with, UTF-8' },
    length: {
      type: 'integer',
      minimum: 0,
      maximum: 4_194_304,
      default: 0,
      doc: 'bytes to overwrite, from the start of the text; 0 for only the text',
    },
    fill: { type: 'integer', minimum: 0, maximum: 255, default: 0, doc: 'the byte to write' },
  },
};

/** @type {OnBegin} */
export function onBegin(ctx) {
  const { text, length, fill } = ctx.params;
  ctx.pages.scrub({ text, length, fill });
}
