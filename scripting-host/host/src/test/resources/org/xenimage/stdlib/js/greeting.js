export const policy = { api: 1, name: 'greeting', params: { greeting: 'hello' } };

export function onBegin(ctx) {
  ctx.log(`${ctx.params.greeting ?? 'imported'} from JavaScript`);
}
