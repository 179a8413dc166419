// attack: an end of the program while the policy loads
// refused: quit is not defined
export const policy = { api: 1 };

quit(3);

export function onBegin(ctx) {}
