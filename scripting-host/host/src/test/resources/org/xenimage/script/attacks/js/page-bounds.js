// attack: places outside the page and the batch
// contained: tried 12
export const policy = { api: 1 };

export function onPages(given, ctx) {
  const attempts = [
    () => given.page(-1),
    () => given.page(1e9),
    () => given.page(0.5),
    () => given.page(NaN),
    () => given.page(0).u64(-8),
    () => given.page(0).u64(4089),
    () => given.page(0).u64(2 ** 53),
    () => given.page(0).bytes(0, 1e9),
    () => given.page(0).bytes(-1, 1),
    () => given.page(0).setBytes(4095, [1, 2]),
    () => given.page(0).setU64(4096, 1n),
    () => given.page(0).fill(0, 1e9),
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
