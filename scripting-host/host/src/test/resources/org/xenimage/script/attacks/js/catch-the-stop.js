// attack: a loop that catches whatever stops it
// refused: ran longer than its limit / allocated more than its limit
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onBegin(ctx) {
  for (;;) {
    try {
      for (;;) {}
    } catch {
      continue;
    } finally {
      continue;
    }
  }
}
