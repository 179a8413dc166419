// attack: code made from text, to leave the module
// contained: tried 7
export const policy = { api: 1 };

export function onBegin(ctx) {
  const attempts = [
    () => Function('return Java')(),
    () => new Function('return Polyglot')(),
    () => (0, eval)('process'),
    () => (function () {}).constructor('return load')(),
    () => Reflect.construct(Function, ['return java'])(),
    () => [].map.constructor('return Packages')(),
    () => (function* () {}).constructor('yield Java')().next(),
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
