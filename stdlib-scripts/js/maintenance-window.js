/**
 * Refuses the operation outside a maintenance window.
 *
 * The window is given in the time of the site: `offset` is how far its clock is ahead of UTC. A window that ends before
 * it begins, such as 22:00 to 04:00, extends past midnight and belongs to the day on which it begins.
 */

/** @import { Policy, OnBegin } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'maintenance-window',
  version: '1.0',
  on: ['save', 'restore', 'migrate-out', 'migrate-in'],
  params: {
    from: { required: true, pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', doc: 'when the window begins, HH:MM' },
    to: { required: true, pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', doc: 'when it ends, HH:MM' },
    days: {
      type: 'array',
      enum: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      default: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      doc: 'the days on which it begins',
    },
    offset: { default: '+00:00', pattern: '^[+-][01][0-9]:[0-5][0-9]$', doc: "the site's time less UTC" },
  },
};

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY = 24 * 60;

const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** @type {OnBegin} */
export function onBegin(ctx) {
  const { from, to, days, offset } = ctx.params;
  const ahead = minutes(offset.slice(1)) * (offset[0] === '-' ? -1 : 1);
  const local = Math.floor(Date.parse(ctx.now) / 60_000) + ahead;
  const time = local % DAY;
  const day = Math.floor(local / DAY) + 4; // the first day of the epoch was a Thursday
  const begins = minutes(from);
  const ends = minutes(to);
  const today = days.includes(DAYS[day % 7]);
  const yesterday = days.includes(DAYS[(day + 6) % 7]);
  const open = begins < ends
    ? today && time >= begins && time < ends
    : (today && time >= begins) || (yesterday && time < ends);
  if (!open) ctx.veto(`${ctx.operation} is allowed from ${from} to ${to} (UTC${offset}) on ${days.join(', ')} only`);
}
