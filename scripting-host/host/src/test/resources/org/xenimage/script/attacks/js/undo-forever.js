// attack: an undo function that never comes back
// refused: vetoed: no
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onBegin(ctx) {
  ctx.onFailure(() => {
    for (;;) {}
  });
  ctx.veto('no');
}
