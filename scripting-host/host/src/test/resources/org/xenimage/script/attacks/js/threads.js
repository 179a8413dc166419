// attack: threads, and memory that they would share
// contained: tried 7
export const policy = { api: 1 };

export function onBegin(ctx) {
  const attempts = [
    () => new Worker('x.js'),
    () => new SharedArrayBuffer(8),
    () => Atomics.wait(new Int32Array(8), 0, 0),
    () => setTimeout(() => {}),
    () => setInterval(() => {}),
    () => queueMicrotask(() => {}),
    () => new WebAssembly.Memory({ initial: 1 }),
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
