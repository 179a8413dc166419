// attack: packages of Java, and other languages
// contained: tried 8
export const policy = { api: 1 };

export function onBegin(ctx) {
  const attempts = [
    () => Packages.java.lang,
    () => java.lang.System,
    () => com.sun,
    () => org.xenimage.image.Images,
    () => Polyglot.eval('python', '1'),
    () => Polyglot.import('x'),
    () => Graal.versionECMAScript,
    () => JavaImporter(),
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch {
      continue;
    }
    ctx.log('GOT THROUGH ' + attempt);
  }
  ctx.log('tried ' + attempts.length);
}
