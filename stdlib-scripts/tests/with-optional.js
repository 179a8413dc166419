// For the tests of drop-optional: puts an optional record into the stream, which a reader may ignore.
export const policy = { api: 1, name: 'with-optional' };

export function onRecord(record) {
  if (record.type === 'X86_TSC_INFO') record.insertBefore(0x80001234, new Uint8Array(8));
}
