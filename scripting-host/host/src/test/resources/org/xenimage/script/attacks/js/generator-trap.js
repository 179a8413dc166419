// attack: a generator that refuses to end
// refused: ran longer than its limit / allocated more than its limit
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

function* trap() {
  for (;;) {
    try {
      yield 1;
    } finally {
      for (;;) {}
    }
  }
}
export function onBegin(ctx) {
  for (const _ of trap()) break;
}
