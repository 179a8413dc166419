/**
 * Connects the domain's disks to the paths of this host.
 *
 * The map is in the site file, under `disks`: `{ "/dev/vg0/": "/dev/vg-ssd/" }`. The longest beginning of a path that
 * is in the map is replaced. A path that matches none stays the same, or makes the policy refuse the image, with
 * `strict`.
 */

/** @import { Policy, OnConfig } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'remap-disks',
  version: '1.0',
  params: {
    strict: { type: 'boolean', default: false, doc: 'refuse an image with a path that the map does not cover' },
  },
};

/** @type {OnConfig} */
export function onConfig(config, ctx) {
  const disks = ctx.site.disks ?? {};
  const beginnings = Object.keys(disks).sort((one, other) => other.length - one.length);
  for (const disk of config.disks ?? []) {
    const path = disk.pdev_path ?? '';
    if (path === '') continue;
    const beginning = beginnings.find((known) => path.startsWith(known));
    if (beginning !== undefined) disk.pdev_path = disks[beginning] + path.slice(beginning.length);
    else if (ctx.params.strict) ctx.veto(`disk ${path} is not in the site's map`);
    else ctx.warn(`disk ${path} is not in the site's map; it is unchanged`);
  }
}
