// attack: one buffer of two gigabytes
// isolated: one allocation
// refused: memory / allocated more / Array buffer allocation failed / allocat / ran longer
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onBegin(ctx) {
  new ArrayBuffer(2 ** 31 - 8);
}
