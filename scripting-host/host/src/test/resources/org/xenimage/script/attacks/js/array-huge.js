// attack: one array of a gigabyte
// isolated: one allocation
// refused: memory / allocated more / ran longer
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onBegin(ctx) {
  new Array(2 ** 27).fill(0.5);
}
