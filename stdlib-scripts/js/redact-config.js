/**
 * Takes secrets out of the domain's config: passwords of VNC and SPICE, and any key whose name says password, passwd,
 * passphrase, secret or token.
 *
 * A domain that is restored from the image has no such password; set it again in the config that xl restores with, or
 * do not connect its display to a network. With `consoles`, the paths of console and serial logs are removed too, which
 * often name a customer or a host.
 */

/** @import { Policy, OnConfig } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'redact-config',
  version: '1.0',
  params: {
    keys: { type: 'array', default: [], doc: 'more keys to remove, wherever they are in the config' },
    consoles: { type: 'boolean', default: false, doc: 'also remove where consoles and serial lines are logged to' },
  },
};

const SECRET = /(password|passwd|passphrase|secret|token)$/i;
const CONSOLES = ['serial', 'serial_list', 'console', 'output'];

/** @type {OnConfig} */
export function onConfig(config, ctx) {
  const { keys, consoles } = ctx.params;
  const wanted = (key) => SECRET.test(key) || keys.includes(key) || (consoles && CONSOLES.includes(key));
  const redact = (tree) => {
    for (const [key, value] of Object.entries(tree)) {
      if (!Array.isArray(tree) && wanted(key)) delete tree[key];
      else if (value !== null && typeof value === 'object') redact(value);
    }
  };
  redact(config);
}
