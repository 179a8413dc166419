// attack: patterns that take exponential time, in functions of texts
// refused: ran longer than its limit / allocated more than its limit
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onBegin(ctx) {
  'a'.repeat(60).replace(/^(?:a|aa)+\1?$|^(a|a?)+b/g, '').split(/(a*)*c/);
  for (;;) 'a'.repeat(40).match(/(a|aa)+$b/);
}
