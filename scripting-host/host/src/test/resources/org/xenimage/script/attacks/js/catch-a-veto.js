// attack: a veto that is caught at once
// refused: vetoed: no
export const policy = { api: 1 };

export function onBegin(ctx) {
  try {
    ctx.veto('no');
  } catch {}
}
