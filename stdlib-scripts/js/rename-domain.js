/** Changes the name of the domain and, optionally, its UUID, so that it can be restored next to the original. */

/** @import { Policy, OnConfig } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'rename-domain',
  version: '1.0',
  params: {
    to: { required: true, doc: 'the new name; {name} stands for the old one' },
    uuid: { default: '', doc: 'the new UUID; empty keeps the old one' },
  },
};

/** @type {OnConfig} */
export function onConfig(config, ctx) {
  config.c_info.name = ctx.params.to.split('{name}').join(config.c_info.name);
  if (ctx.params.uuid !== '') config.c_info.uuid = ctx.params.uuid;
}
