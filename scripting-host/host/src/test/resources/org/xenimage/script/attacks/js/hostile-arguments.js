// attack: arguments that run code when the host reads them
// refused: scrub has no option toString
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

const sly = {
  toString() {
    for (;;) {}
  },
  get text() {
    for (;;) {}
  },
};
export function onBegin(ctx) {
  try {
    ctx.log(sly);
  } catch {}
  ctx.pages.scrub(sly);
}
