/**
 * Checks what the policies before it made of an image, before the image is delivered, and refuses it if a statement
 * does not hold. Name it last: `--policy scrub-pattern --policy verify-after --set absent=API-TOKEN=`.
 *
 * It sees every element as the writer gets it. A refused image is not delivered: there is no output file, and a save or
 * migration fails while the guest is still there. That the image is well-formed is checked after each policy in any
 * case. Texts are looked for in all pages that are not page tables, in the config and in the metadata; in pages also
 * where they are split over adjacent PFNs of one batch of 1,024. The bytes of other records are not searched.
 */

/** @import { Policy, OnConfig, OnMetadata, OnPages, OnEnd } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'verify-after',
  version: '1.0',
  params: {
    absent: { type: 'array', default: [], doc: 'texts that must be nowhere' },
    present: { type: 'array', default: [], doc: 'texts that must be in a page, the config or the metadata' },
    name: { type: 'string', default: '', doc: 'the name that the domain must have' },
  },
};

const found = new Set();

function* texts(tree) {
  if (typeof tree === 'string') yield tree;
  if (tree === null || typeof tree !== 'object') return;
  for (const [key, value] of Object.entries(tree)) {
    yield key;
    yield* texts(value);
  }
}

function check(tree, where, ctx) {
  for (const text of texts(tree)) {
    for (const one of ctx.params.absent) if (text.includes(one)) ctx.veto(`${where} contains "${one}"`);
    for (const one of ctx.params.present) if (text.includes(one)) found.add(one);
  }
}

/** @type {OnConfig} */
export function onConfig(config, ctx) {
  const { name } = ctx.params;
  const has = config.c_info?.name;
  if (name !== '' && has !== name) ctx.veto(`the name of the domain is ${has}, not ${name}`);
  check(config, 'the config', ctx);
}

/** @type {OnMetadata} */
export function onMetadata(meta, ctx) {
  check(meta, 'the metadata', ctx);
}

/** @type {OnPages} */
export function onPages(batch, ctx) {
  for (const text of ctx.params.absent) {
    for (const match of batch.find({ text, limit: 1 })) {
      ctx.veto(`page 0x${match.pfn.toString(16)} contains "${text}"`);
    }
  }
  for (const text of ctx.params.present) {
    if (!found.has(text) && batch.find({ text, limit: 1 }).length > 0) found.add(text);
  }
}

/** @type {OnEnd} */
export function onEnd(summary, ctx) {
  for (const text of ctx.params.present) {
    if (!found.has(text)) ctx.veto(`nothing contains "${text}"`);
  }
}
