// attack: objects of the host through the collector
// contained: watched
export const policy = { api: 1 };

const registry = new FinalizationRegistry((held) => held.log('GOT THROUGH'));
export function onBegin(ctx) {
  registry.register({}, ctx);
  new WeakRef({ ctx }).deref().ctx.log('watched');
}
