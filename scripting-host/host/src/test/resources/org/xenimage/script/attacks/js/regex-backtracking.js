// attack: a pattern that takes exponential time
// refused: ran longer than its limit / allocated more than its limit
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onBegin(ctx) {
  /^(x+x+)+\1y$/.test('x'.repeat(60));
}
