// attack: recursion without end
// refused: Maximum call stack / recursed too deeply / ran longer / allocated more
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

const deep = (n) => deep(n + 1) + 1;
export function onBegin(ctx) {
  deep(0);
}
