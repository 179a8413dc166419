// attack: sequences that drive a terminal
// refused: vetoed: 
export const policy = { api: 1 };

export function onBegin(ctx) {
  ctx.log('\x1b[2J\x1b]0;owned\x07\x9b31m\u202etxt.exe');
  ctx.veto('\x1b[2Jall is well\r');
}
