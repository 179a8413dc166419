/**
 * Drops the state of the device model (QEMU) and its part of XenStore from an HVM image.
 *
 * The image can still be examined, and its memory searched or scrubbed; what the device model held, such as disk
 * buffers and the screen, is gone. A toolstack that starts a device model needs its state and does not restore such an
 * image. Images of PV and PVH guests, which have none, stay the same.
 */

/** @import { Policy, OnRecord } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'strip-emulator',
  version: '1.0',
};

/** @type {OnRecord} */
export function onRecord(record, ctx) {
  if (record.layer !== 'libxl' || !record.type.startsWith('EMULATOR_')) return;
  ctx.log(`dropped ${record.type}, ${record.length} bytes`);
  record.drop();
}
