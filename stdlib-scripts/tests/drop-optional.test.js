// A sample has no optional record: what is dropped is what another policy puts in.

export function testLeavesMandatoryRecords(t) {
  const types = (image) => [...image.records].map((record) => record.type);
  const result = t.run();
  t.equal(types(result.image), types(result.before));
}

export function testDropsAnOptionalRecord(t) {
  const result = t.run({ policy: ['with-optional.js', 'drop-optional'] });
  t.equal(result.edits.map((edit) => edit.path), ['insertBefore', 'drop']);
  t.ok(result.unchanged);
}
