// attack: recursion through getters and conversions
// refused: Maximum call stack / recursed too deeply / ran longer / allocated more
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

const sly = {
  get value() {
    return this.value + 1;
  },
  toString() {
    return `${this}`;
  },
};
export function onBegin(ctx) {
  try {
    String(sly);
  } catch {}
  sly.value;
}
