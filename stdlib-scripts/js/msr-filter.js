/**
 * Removes model-specific registers from what the image gives the guest, so that it restores on hosts that lack them.
 *
 * It edits the guest's MSR policy (X86_MSR_POLICY) and the MSRs of each PV vCPU (X86_PV_VCPU_MSRS). A register that is
 * not in the image has its default on the new host. With `strict`, an image with a register that is neither kept nor
 * removed is refused, so that no register travels unnoticed.
 */

/** @import { Policy, OnRecord } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'msr-filter',
  version: '1.0',
  params: {
    remove: {
      type: 'array',
      pattern: '^(0x[0-9A-Fa-f]{1,8}|[a-z_]+)$',
      default: [],
      doc: 'registers to remove: 0x10a, or arch_caps, platform_info',
    },
    keep: {
      type: 'array',
      pattern: '^(0x[0-9A-Fa-f]{1,8}|[a-z_]+)$',
      default: [],
      doc: 'registers to keep, for strict',
    },
    strict: { type: 'boolean', default: false, doc: 'refuse an image with a register that is in neither list' },
  },
};

const NAMES = { platform_info: 0xce, arch_caps: 0x10a };

function indices(names) {
  return names.map((name) => {
    if (name.startsWith('0x')) return Number(name);
    if (Object.hasOwn(NAMES, name)) return NAMES[name];
    throw new Error(`there is no register ${name}: write its index, or ${Object.keys(NAMES).join(' or ')}`);
  });
}

/** @type {OnRecord} */
export function onRecord(record, ctx) {
  if (record.type !== 'X86_MSR_POLICY' && record.type !== 'X86_PV_VCPU_MSRS') return;
  const remove = indices(ctx.params.remove);
  const keep = indices(ctx.params.keep);
  const { msrs } = record.fields;
  if (ctx.params.strict) {
    const unknown = msrs.find((msr) => !remove.includes(msr.index) && !keep.includes(msr.index));
    if (unknown !== undefined) ctx.veto(`MSR 0x${unknown.index.toString(16)} is neither removed nor kept`);
  }
  for (let i = msrs.length - 1; i >= 0; i--) {
    if (remove.includes(msrs[i].index)) msrs.splice(i, 1);
  }
  if (msrs.length === 0 && record.type === 'X86_MSR_POLICY') {
    ctx.veto('every register of X86_MSR_POLICY would be removed, and Xen takes none that is empty: leave one');
  }
}
