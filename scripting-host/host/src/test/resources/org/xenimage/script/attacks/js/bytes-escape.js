// attack: the bytes of a page, written when the hook has returned
// contained: written
export const policy = { api: 1 };

const kept = [];
export function onPages(batch, ctx) {
  kept.push(batch.page(0).bytes());
  for (const bytes of kept) bytes.fill(0xee);
}
export function onEnd(summary, ctx) {
  for (const bytes of kept) new Uint8Array(bytes.buffer).fill(0xff);
  ctx.log('written');
}
