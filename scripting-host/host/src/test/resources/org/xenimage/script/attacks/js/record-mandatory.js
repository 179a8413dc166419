// attack: a record that no image may lack
// refused: 
export const policy = { api: 1 };

export function onRecord(record, ctx) {
  if (record.type === 'END') record.drop();
}
