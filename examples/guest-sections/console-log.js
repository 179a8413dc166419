// Takes passwords out of the console log that travels with an image, and lets no screenshot leave.

/** @import { Policy, OnSection } from './xenimage' */

/** @type {Policy} */
export const policy = {
  api: 1,
  name: 'console-log',
  version: '1.0',
  on: ['rewrite', 'migrate-out'],
};

/** @type {OnSection} */
export function onSection(section, ctx) {
  if (section.name === 'example.screenshot') section.drop();
  if (section.name !== 'example.console-log') return;
  if (section.text.includes('PRIVATE KEY')) ctx.veto('the console log shows a private key');
  section.text = section.text.replace(/^(password: ).*$/gm, '$1***');
}
