// @NAME@: what it is for, in one line.

/** @import { Policy, OnBegin, OnConfig, OnMetadata } from './xenimage' */
/** @import { OnRecord, OnPages, OnSection, OnEnd, OnFailure } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: '@NAME@',
  version: '0.1',
  on: ['rewrite'],               // save, restore, migrate-out, migrate-in, rewrite; omit it for all
  // match: { guest: 'pv', name: /^web-/ },
  onError: 'abort',              // or 'skip': continue the run without this policy
  params: {
    greeting: { default: 'hello', doc: 'what to write into the site metadata' },
  },
};

// The start of a run: declare page rules, which run at full speed in Java, or refuse with ctx.veto('why').
/** @type {OnBegin} */
export function onBegin(ctx) {
  // ctx.pages.scrub({ text: 'SECRET=', length: 64 });
  ctx.log(`${ctx.image.name || 'a domain'}: ${ctx.image.guest}, saved by Xen ${ctx.image.xen}`);
}

// The toolstack's config: edit it in place.
/** @type {OnConfig} */
export function onConfig(config, ctx) {
}

// Site metadata: namespaced keys.
/** @type {OnMetadata} */
export function onMetadata(meta, ctx) {
  meta['site.greeting'] = ctx.params.greeting;
}

// Every record except page data: record.type, record.fields, record.bytes; record.drop() and more.
// /** @type {OnRecord} */
// export function onRecord(record, ctx) {
// }

// Up to 1,024 pages at once: batch.find, batch.scrub, batch.select, batch.page(i).u64(offset).
// /** @type {OnPages} */
// export function onPages(batch, ctx) {
// }

// A site section of a native image: section.name, section.text, section.bytes; section.drop(). ctx.addSection adds one.
// /** @type {OnSection} */
// export function onSection(section, ctx) {
// }

// /** @type {OnEnd} */
// export function onEnd(summary, ctx) {}
// /** @type {OnFailure} */
// export function onFailure(error, ctx) {}
