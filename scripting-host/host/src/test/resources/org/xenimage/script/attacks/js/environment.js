// attack: what tells of the machine and its clock
// contained: tried 5
export const policy = { api: 1 };

export function onBegin(ctx) {
  const attempts = [
    () => performance.now(),
    () => process.uptime(),
    () => scriptArgs,
    () => navigator.hardwareConcurrency,
    () => require('os').hostname(),
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
