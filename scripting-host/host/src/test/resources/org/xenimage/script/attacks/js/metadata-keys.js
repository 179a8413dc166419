// attack: names of metadata that no format can hold
// refused: exceeds the maximum allowed
export const policy = { api: 1 };

export function onMetadata(meta, ctx) {
  meta['\n'.repeat(100000)] = '';
}
