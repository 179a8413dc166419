// attack: a property that is another one each time it is read
// edited: "path":"sly"
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  let reads = 0;
  Object.defineProperty(config, 'sly', { enumerable: true, get: () => (reads++ === 0 ? 'good' : { evil: reads }) });
}
