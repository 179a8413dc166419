// attack: a record larger than any may be
// refused: allocated more than its limit / ran longer than its limit
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onRecord(record, ctx) {
  record.insertAfter('0x80000077', 'x'.repeat(2 ** 28));
}
