// attack: small allocations without end
// refused: allocated more than its limit / ran longer than its limit
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

const kept = [];
export function onBegin(ctx) {
  for (;;) kept.push(new Array(1000).fill(kept.length));
}
