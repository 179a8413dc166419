// attack: an error whose message is a call
// refused: onBegin: Error: x
export const policy = { api: 1 };

export function onBegin(ctx) {
  throw Object.assign(new Error('x'), { message: { toString: () => globalThis.leaked = 'evil' }, stack: 5 });
}
