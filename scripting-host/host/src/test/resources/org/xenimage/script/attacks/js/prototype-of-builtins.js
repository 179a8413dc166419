// attack: functions of the language that the host's own code could call
// contained: replaced
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  for (const type of [Object, Array, Map, Set, Reflect, JSON, Proxy, Symbol, Number, BigInt, Date, RegExp]) {
    for (const name of Object.getOwnPropertyNames(type)) {
      try {
        Object.defineProperty(type, name, { value: () => 'evil' });
      } catch {}
    }
  }
  ctx.log('replaced');
}
