// What cases cannot say: what lies around a match stays.

export function testKeepsWhatLiesAround(t) {
  const result = t.run({
    sample: { plant: { pfn: 0x100, offset: 0x10, text: '<PASSWORD=hunter2>' } },
    params: { text: 'PASSWORD=', length: 16, fill: 46 },
  });
  t.equal(result.pages.edited, 1);
  t.equal(result.before.page(0x100).u8(0x11), 'P'.charCodeAt(0));
  const after = String.fromCharCode(...result.page(0x100).bytes(0x10, 18));
  t.equal(after, '<' + '.'.repeat(16) + '>');
  t.equal(result.config, result.before.config);
}

export function testRunsInEveryOperation(t) {
  for (const operation of ['save', 'restore', 'migrate-out', 'migrate-in', 'rewrite']) {
    t.equal(t.run({ params: { text: 'SECRET-API-TOKEN=' }, operation }).edits.length, 1, operation);
  }
}
