/**
 * Connects the domain's network interfaces to the bridges of this host.
 *
 * The map is in the site file, under `bridges`: `{ "xenbr0": "br-dmz" }`. A bridge that is not in the map stays the
 * same, or makes the policy refuse the image, with `strict`.
 */

/** @import { Policy, OnConfig } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'remap-bridges',
  version: '1.0',
  params: {
    strict: { default: false, doc: 'refuse an image with a bridge that is not in the map' },
  },
};

/** @type {OnConfig} */
export function onConfig(config, ctx) {
  const bridges = ctx.site.bridges ?? {};
  for (const nic of config.nics ?? []) {
    if (nic.bridge === undefined) continue;
    if (nic.bridge in bridges) nic.bridge = bridges[nic.bridge];
    else if (ctx.params.strict) ctx.veto(`bridge ${nic.bridge} is not in the site's map`);
    else ctx.warn(`bridge ${nic.bridge} is not in the site's map; it is unchanged`);
  }
}
