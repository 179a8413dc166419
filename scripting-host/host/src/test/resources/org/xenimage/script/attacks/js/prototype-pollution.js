// attack: properties of all objects, which the host would take for the config's
// contained: polluted
export const policy = { api: 1 };

export function onConfig(config, ctx) {
  Object.prototype.bridge = 'evil';
  Object.prototype.toJSON = () => 'evil';
  Object.prototype.leaked = 1;
  Array.prototype.leaked = 1;
  Array.prototype[Symbol.iterator] = function* () {};
  String.prototype.toString = () => 'evil';
  ctx.log('polluted');
}
