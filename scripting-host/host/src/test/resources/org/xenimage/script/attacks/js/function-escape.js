// attack: functions of the context, taken from a hook that has returned
// refused: scrub is not allowed here; declare page rules in onBegin
export const policy = { api: 1 };

let kept;
export function onBegin(ctx) {
  kept = ctx.pages.scrub;
}
export function onConfig(config, ctx) {
  kept({ text: 'web', length: 3 });
}
