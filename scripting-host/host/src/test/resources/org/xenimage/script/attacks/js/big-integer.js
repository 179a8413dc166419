// attack: one expression with integers of millions of digits
// isolated: one operation
// refused: did not stop / ran longer / allocated more / BigInt
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onBegin(ctx) {
  for (let i = 0n; i < 50n; i++) 7n ** (300000000n + i) % 3n ** 200000000n;
}
