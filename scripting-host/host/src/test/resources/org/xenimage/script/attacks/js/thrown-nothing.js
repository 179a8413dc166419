// attack: an error that is none
// refused: onBegin: undefined
export const policy = { api: 1 };

export function onBegin(ctx) {
  throw undefined;
}
