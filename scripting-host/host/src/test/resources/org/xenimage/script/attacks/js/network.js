// attack: connections
// contained: tried 6
export const policy = { api: 1 };

export function onBegin(ctx) {
  const attempts = [
    () => fetch('http://127.0.0.1'),
    () => new XMLHttpRequest(),
    () => new WebSocket('ws://127.0.0.1'),
    () => new EventSource('http://127.0.0.1'),
    () => navigator.sendBeacon('http://127.0.0.1'),
    () => require('net'),
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
