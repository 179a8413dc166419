/**
 * Hides CPU features from the guest, so that the image restores on hosts that lack them.
 *
 * The names are those of Xen's cpufeatureset.h, in lower case: avx2, xsaves, … A guest that already uses a
 * feature continues to use it: mask it before boot, or restore only on hosts that have it.
 */

/** @import { Policy, OnRecord } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'cpuid-mask',
  version: '1.1',
  params: {
    features: { type: 'array', required: true, doc: 'names of features to hide' },
  },
};

/** @type {OnRecord} */
export function onRecord(record, ctx) {
  if (record.type !== 'X86_CPUID_POLICY') return;
  for (const feature of ctx.params.features) {
    if (record.feature(feature)) record.setFeature(feature, false);
    else ctx.log(`${feature} is not set in this image`);
  }
}
