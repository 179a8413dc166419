// attack: a batch that is used after its hook
// refused: batch.zero was used after onPages had returned
export const policy = { api: 1 };

let kept;
export function onPages(batch, ctx) {
  kept = batch;
}
export function onEnd(summary, ctx) {
  kept.zero();
}
