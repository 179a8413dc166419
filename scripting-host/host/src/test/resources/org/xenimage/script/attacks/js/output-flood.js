// attack: more lines than anybody reads
// contained: further output is dropped
export const policy = { api: 1 };

export function onBegin(ctx) {
  for (let i = 0; i < 25000; i++) print('flood');
}
