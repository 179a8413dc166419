// attack: a module that never finishes loading
// refused: ran longer than its limit / allocated more than its limit
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

for (;;) {}

export function onBegin(ctx) {}
