// attack: an error that loops when the host looks at it
// refused: onBegin: Error
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

const forever = () => {
  for (;;) {}
};
export function onBegin(ctx) {
  throw new Proxy({}, { get: forever, has: forever, getPrototypeOf: forever, ownKeys: forever });
}
