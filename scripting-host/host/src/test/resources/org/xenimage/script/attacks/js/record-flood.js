// attack: records without end
// refused: budget / allocated more / ran longer
export const policy = { api: 1 };

export function onRecord(record, ctx) {
  for (let i = 0; i < 100000; i++) record.insertAfter('0x80000077', '');
}
