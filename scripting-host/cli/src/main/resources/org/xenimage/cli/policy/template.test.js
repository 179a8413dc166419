// Tests of @NAME@: xenimage policy test @FILE@

/** @import { Test } from './xenimage' */

// Policies run over a sample image, or over one of yours: t.run({ image: 'web1.save' }).
/** @param {Test} t */
export function testGreetsInTheSiteMetadata(t) {
  const result = t.run({ sample: { guest: 'pv', memory: 4 }, params: { greeting: 'hi' } });
  t.equal(result.metadata['site.greeting'], 'hi');
}

// What a policy does not change stays the same.
/** @param {Test} t */
export function testLeavesTheConfigAlone(t) {
  const result = t.run();
  t.equal(result.config, result.before.config);
  t.equal(result.edits.length, 1);
}
