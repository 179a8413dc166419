// attack: more lines than the log may have
// refused: its budget of 20000 lines
export const policy = { api: 1 };

export function onBegin(ctx) {
  for (let i = 0; i < 25000; i++) ctx.log('flood');
}
