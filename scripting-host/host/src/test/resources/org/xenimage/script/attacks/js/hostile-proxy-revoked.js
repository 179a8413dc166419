// attack: a proxy that is none any more
// refused: config.proxy has been revoked
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  const { proxy, revoke } = Proxy.revocable({}, {});
  config.sly = proxy;
  revoke();
}
