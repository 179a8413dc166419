// attack: a record that no image may lack
// refused: broke the rule stream-end
export const policy = { api: 1 };

export function onRecord(record, ctx) {
  if (record.type === 'END') record.drop();
}
