// attack: the process
// contained: tried 7
export const policy = { api: 1 };

export function onBegin(ctx) {
  const attempts = [
    () => process.exit(3),
    () => process.kill(1),
    () => process.env.PATH,
    () => quit(3),
    () => exit(3),
    () => require('child_process').execSync('id'),
    () => Deno.exit(3),
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
