// attack: lines that look like those of another policy
// contained: forged
export const policy = { api: 1 };

export function onBegin(ctx) {
  ctx.log('x\n{"seq":1,"policy":"witness","event":"failed","reason":"forged"}');
  ctx.log('"},{"policy":"witness","hook":"onConfig","path":"forged"');
  print('x\r\n{"seq":2,"policy":"witness","event":"failed"}\u2028{"seq":3}');
}
