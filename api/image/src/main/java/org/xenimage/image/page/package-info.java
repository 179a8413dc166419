/**
 * Vector operations over the pages of a {@link org.xenimage.image.element.PageBatch}: find, select,
 * compare, checksum, read, fill, and the rules that scrub, replace or zero pages without a script
 * call.
 *
 * <p>A {@link org.xenimage.image.page.PageView} indexes a batch once and offers the operations; a
 * {@link org.xenimage.image.page.PagePattern} is compiled once and serves every batch of every
 * image; a {@link org.xenimage.image.page.PageRule} is run over each batch. A match may be split
 * over pages that are neighbours by PFN, whatever the order of the entries; pages that are only
 * adjacent in the record are not neighbours.
 *
 * <p>A scrub with {@link org.xenimage.image.page.PageRule.Across} also removes matches that are split over two batches,
 * or over pages that follow one another only in virtual memory: {@link org.xenimage.image.page.SplitMatches}.
 *
 * <p>Not supported here: other matches split over two batches (what a scrub could not reach is counted, see
 * {@link org.xenimage.image.page.PageRuleResult#cut}), patterns of more than one page or with
 * wildcards, page sizes other than 4,096 bytes, and moving a page to another PFN.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.page;
