// Overwrites API tokens in the guest's memory, at the speed of Java.

export const policy = {
  api: 1,
  name: 'scrub-tokens',
  version: '1.0',
};

export function onBegin(ctx) {
  ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49 });
}
