/**
 * The rules of the formats: what makes a stream well formed, and how violations are reported.
 *
 * <p>A {@link org.xenimage.image.verify.Verifier} looks at the elements that pass and reports
 * {@link org.xenimage.image.verify.Finding}s, each with its {@link org.xenimage.image.verify.Rule} and offset. A
 * {@link org.xenimage.image.verify.Guard} is the same check as a transform that refuses the first error.
 *
 * <p>Not supported here: whether a guest would run (its page tables, its registers), and page contents, which no rule
 * of the specifications speaks of.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.verify;
