/**
 * Stores site metadata in the image: who handled it, and any keys that the site defines.
 *
 * xl ignores it, and `xenimage info` shows it. The keys come from the site file, under `metadata`, and from the
 * parameters `key` and `value`.
 */

/** @import { Policy, OnMetadata } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'inject-metadata',
  version: '1.0',
  params: {
    key: { default: '', doc: 'one key to set, with its namespace, such as site.ticket' },
    value: { default: '', doc: 'its value' },
    stamp: { default: true, doc: 'also set site.operator, site.operation and site.time' },
  },
};

/** @type {OnMetadata} */
export function onMetadata(meta, ctx) {
  Object.assign(meta, ctx.site.metadata ?? {});
  if (ctx.params.key !== '') meta[ctx.params.key] = ctx.params.value;
  if (ctx.params.stamp) {
    meta['site.operator'] = ctx.operator;
    meta['site.operation'] = ctx.operation;
    meta['site.time'] = ctx.now;
  }
}
