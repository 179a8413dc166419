// attack: a class of Java by its name
// refused: Java is not defined
export const policy = { api: 1 };

export function onBegin(ctx) {
  Java.type('java.lang.Runtime').getRuntime().exec('id');
}
