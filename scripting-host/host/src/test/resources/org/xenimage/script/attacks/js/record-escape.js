// attack: a record that is used in the hook of another one
// refused: record.drop was used after onRecord had returned
export const policy = { api: 1 };

let kept;
export function onRecord(record, ctx) {
  if (kept) kept.drop();
  kept = record;
}
