/**
 * Drops the optional records of an image, which a reader may ignore, and the site's metadata.
 *
 * What is left is what every toolstack reads. With `metadata` false, the site's metadata is kept.
 */

/** @import { Policy, OnMetadata, OnRecord } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'drop-optional',
  version: '1.0',
  params: {
    metadata: { type: 'boolean', default: true, doc: "drop the site's metadata too" },
  },
};

/** @type {OnMetadata} */
export function onMetadata(meta, ctx) {
  if (!ctx.params.metadata) return;
  for (const key of Object.keys(meta)) delete meta[key];
}

/** @type {OnRecord} */
export function onRecord(record) {
  if (record.optional) record.drop();
}
