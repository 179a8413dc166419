// attack: one text of a gigabyte, by doubling
// refused: Invalid string length / allocated more / memory / ran longer
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onBegin(ctx) {
  let text = 'x';
  for (;;) text += text;
}
