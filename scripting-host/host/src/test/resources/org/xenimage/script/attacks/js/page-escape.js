// attack: a page that is used after its hook
// refused: page.setU64 was used after onPages had returned
export const policy = { api: 1 };

let kept;
export function onPages(batch, ctx) {
  kept = batch.page(0);
}
export function onEnd(summary, ctx) {
  kept.setU64(0, 1n);
}
