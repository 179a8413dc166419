/**
 * Masks the guest's CPU to a baseline, so that the image restores on any host that has it.
 *
 * The baseline is a microarchitecture level of the x86-64 psABI (x86-64-v1 to x86-64-v4), or `hosts`: the features
 * that all hosts of the site file have, under `cpuid`, as `{ "hosts": { "xen1": ["sse3", …], "xen2": […] } }` (the
 * names of Xen's cpufeatureset.h, as `xen-cpuid` prints them). A level hides the instructions of higher levels and what
 * depends on them; with `strict`, also instructions that belong to no level (AES, SHA, RDRAND, AMX, …), which a host of
 * that level may lack. A guest that already uses a feature continues to use it: mask it before boot, or restore only on
 * hosts that have it.
 */

/** @import { Policy, OnRecord } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'cpuid-level',
  version: '1.0',
  params: {
    level: { required: true, enum: ['x86-64-v1', 'x86-64-v2', 'x86-64-v3', 'x86-64-v4', 'hosts'], doc: 'the baseline' },
    strict: { type: 'boolean', default: false, doc: 'also hide instructions that belong to no level' },
  },
};

/** What each level adds, with the instructions that need its registers. */
const ADDED = {
  'x86-64-v2': 'cx16 lahf_lm popcnt sse3 sse4_1 sse4_2 ssse3',
  'x86-64-v3':
    'avx avx2 bmi1 bmi2 f16c fma abm movbe fma4 xop vaes vpclmulqdq avx_vnni avx_ifma avx_vnni_int8 avx_vnni_int16 ' +
    'avx_ne_convert sha512 sm3 sm4',
  'x86-64-v4':
    'avx512f avx512bw avx512cd avx512dq avx512vl avx512pf avx512er avx512_ifma avx512_vbmi avx512_vbmi2 avx512_vnni ' +
    'avx512_bitalg avx512_vpopcntdq avx512_4vnniw avx512_4fmaps avx512_vp2intersect avx512_bf16 avx512_fp16 avx512_bmm',
};

const NO_LEVEL =
  'aesni pclmulqdq sha rdrand rdseed adx gfni sse4a tbm lwp 3dnow 3dnowext hle rtm mpx pku waitpkg movdiri movdir64b ' +
  'serialize enqcmd cmpccxadd amx_tile amx_int8 amx_bf16 amx_fp16 amx_complex';

const words = (text) => text.split(' ');

function hidden(record, ctx) {
  const { level, strict } = ctx.params;
  if (level === 'hosts') {
    const hosts = Object.values(ctx.site.cpuid?.hosts ?? {});
    if (hosts.length === 0) throw new Error('level hosts: the site file has no cpuid.hosts');
    return [...record.features].filter((feature) => !hosts.every((host) => host.includes(feature)));
  }
  const levels = Object.keys(ADDED);
  const above = levels.slice(levels.indexOf(level) + 1);
  return [...above.flatMap((name) => words(ADDED[name])), ...(strict ? words(NO_LEVEL) : [])];
}

/** @type {OnRecord} */
export function onRecord(record, ctx) {
  if (record.type !== 'X86_CPUID_POLICY') return;
  const masked = hidden(record, ctx).filter((feature) => record.feature(feature));
  for (const feature of masked) record.setFeature(feature, false);
  ctx.log(masked.length === 0 ? 'nothing to hide' : `hidden: ${masked.join(' ')}`);
}
