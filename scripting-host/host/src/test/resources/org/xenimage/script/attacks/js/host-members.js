// attack: members that every object of Java has
// contained: tried 8
export const policy = { api: 1 };

export function onBegin(ctx) {
  const attempts = [
    () => ctx.getClass(),
    () => ctx.log.getClass(),
    () => ctx.class,
    () => ctx.hashCode(),
    () => ctx.wait(),
    () => ctx.image.getClass(),
    () => ctx.pages.notify(),
    () => ctx.log.constructor('return Java')(),
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch {
      continue;
    }
    ctx.log('GOT THROUGH ' + attempt);
  }
  ctx.log('tried ' + attempts.length);
}
