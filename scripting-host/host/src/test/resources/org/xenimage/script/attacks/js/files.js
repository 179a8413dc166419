// attack: files by every name that a shell of JavaScript has
// contained: tried 8
export const policy = { api: 1 };

export function onBegin(ctx) {
  const attempts = [
    () => load('/etc/passwd'),
    () => loadWithNewGlobal('/etc/passwd'),
    () => read('/etc/passwd'),
    () => readFully('/etc/passwd'),
    () => readbuffer('/etc/passwd'),
    () => readline(),
    () => require('fs').readFileSync('/etc/passwd'),
    () => Deno.readTextFileSync('/etc/passwd'),
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
