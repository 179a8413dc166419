package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;

import java.io.IOException;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.Function;

/**
 * An edit of pages that is described once and run over each batch without a script call.
 *
 * <p>A match counts if all of it lies in pages of the rule's selection; it may be split over two
 * that are neighbours by PFN. Matches are taken in ascending order along each run of neighbours, so
 * that the outcome does not depend on the order of the entries. Contents are edited only where
 * there is something to edit: a batch without a match stays
 * {@linkplain org.xenimage.image.element.PageBatch#edited unedited} and is moved by the kernel. A
 * selection with page tables is refused: a guest whose page tables were overwritten cannot be
 * restored.
 *
 * <p>Immutable, for any number of threads, each with its own {@link PageView}.
 */
public sealed interface PageRule {
    /** {@return the pages the rule is about} */
    PageSelection selection();

    /**
     * Edits a batch.
     *
     * @param pages of the batch
     * @return what was done
     * @throws IOException if the batch cannot be read
     */
    PageRuleResult apply(PageView pages) throws IOException;

    /** {@return how matches are removed that are split over pages which follow one another elsewhere, if at all} */
    default Optional<Across> across() {
        return Optional.empty();
    }

    /** {@return whether the image is searched for what the rule is about before it is rewritten} */
    default boolean searches() {
        return across().isPresent();
    }

    /**
     * How a scrub removes matches that are split over two pages which do not follow one another in one batch: by PFN in
     * two batches, or in the virtual memory of the kernel or a process.
     *
     * <p>An image that can be read again is searched for them first: {@link SplitMatches}. In one that is read once, a
     * page is out before the other part comes, so that a part counts as a match if it is long enough: the beginning of
     * the pattern at the end of a page, and its end at the start of a page. A part that repeats one byte never does.
     *
     * @param edge the bytes of a part that counts as a match where the image is read once, 0 for none
     */
    record Across(int edge) {
        /** What counts unless a policy says otherwise. */
        public static final int EDGE = 4;

        /** The greatest length of a scrub with this: what follows a match in a third page is not known. */
        public static final int LENGTH_MAX = 4096;

        /** Checks the number. */
        public Across {
            if (edge < 0 || edge > LENGTH_MAX)
                throw new IllegalArgumentException(
                        "edge: 0 to %d bytes, found %d".formatted(LENGTH_MAX, edge));
        }
    }

    /**
     * Overwrites a number of bytes from each match on.
     *
     * <p>The overwritten bytes extend into the pages that follow by PFN; those that are not in the
     * batch, or not in the selection, are counted as {@linkplain PageRuleResult#cut cut}. The search
     * continues after them: an occurrence that begins within overwritten bytes is not a match,
     * because it no longer exists.
     *
     * @param pattern to find
     * @param length bytes to overwrite, from the first byte of the match on: at least the pattern's length, at most
     *     {@link #LENGTH_MAX}
     * @param fill 0 to 0xff
     * @param selection without page tables
     * @param across removes split matches, with a length of at most {@link Across#LENGTH_MAX}
     */
    record Scrub(
            PagePattern pattern,
            int length,
            int fill,
            PageSelection selection,
            Optional<Across> across)
            implements PageRule {
        /** The greatest length: a batch of 1,024 pages. */
        public static final int LENGTH_MAX = 4 << 20;

        /** Checks the parts. */
        public Scrub {
            if (length < pattern.length() || length > LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "scrub %s: length %d (the pattern) to %d bytes, found %d"
                                .formatted(pattern, pattern.length(), LENGTH_MAX, length));
            }
            if (pattern.repeats(PageView.checkedByte(fill))) {
                throw new IllegalArgumentException(
                        "scrub %s: fill 0x%02x would write the pattern itself"
                                .formatted(pattern, fill));
            }
            if (across.isPresent() && length > Across.LENGTH_MAX) {
                throw new IllegalArgumentException(
                        "scrub %s: with across at most %d bytes, found %d"
                                .formatted(pattern, Across.LENGTH_MAX, length));
            }
            requireNoPageTables(selection);
        }

        /**
         * Scrubs within batches.
         *
         * @param pattern to find
         * @param length bytes to overwrite
         * @param fill 0 to 0xff
         * @param selection without page tables
         */
        public Scrub(PagePattern pattern, int length, int fill, PageSelection selection) {
            this(pattern, length, fill, selection, Optional.empty());
        }

        /**
         * Scrubs normal pages.
         *
         * @param pattern to find
         * @param length bytes to overwrite
         * @param fill 0 to 0xff
         */
        public Scrub(PagePattern pattern, int length, int fill) {
            this(pattern, length, fill, PageSelection.NORMAL);
        }

        @Override
        public PageRuleResult apply(PageView pages) throws IOException {
            BitSet selected = pages.selectData(selection);
            RuleRun run = new RuleRun(pages, selected);
            return apply(run, selected, Optional.empty(), PatternEdges::new);
        }

        /** Applies it where it is known in which pages a match may begin. */
        PageRuleResult apply(
                RuleRun run,
                BitSet begins,
                Optional<SplitMatches> split,
                Function<PagePattern, PatternEdges> edges)
                throws IOException {
            run.pages()
                    .walk(
                            pattern,
                            run.selected(),
                            begins,
                            (dataIndex, offset) -> {
                                run.matched(dataIndex, offset);
                                // Where it goes on is known, and need not be the next PFN.
                                boolean ends = offset + pattern.length() <= PageBatch.PAGE_SIZE;
                                int most =
                                        split.isPresent() && ends
                                                ? PageBatch.PAGE_SIZE - offset
                                                : length;
                                run.fill(dataIndex, offset, Math.min(length, most), (byte) fill);
                                return length;
                            });
            if (split.isPresent()) split.get().apply(run, (byte) fill);
            else if (across.isPresent() && across.get().edge() > 0)
                edges.apply(pattern).apply(run, across.get().edge(), length, (byte) fill);
            return run.result();
        }
    }

    /**
     * Overwrites each match of a regular expression, however long it is.
     *
     * <p>Matches lie in a run of neighbours within one batch: a match that would continue in a page that is not in the
     * batch, or not in the selection, ends there. The search continues after each match.
     *
     * @param expression to find
     * @param fill 0 to 0xff
     * @param selection without page tables
     * @param across removes split matches; of an image that is read once, none
     */
    record ScrubExpression(
            PageExpression expression, int fill, PageSelection selection, Optional<Across> across)
            implements PageRule {
        /** Checks the parts. */
        public ScrubExpression {
            if (expression.matchesRepeated(PageView.checkedByte(fill))) {
                throw new IllegalArgumentException(
                        "scrub %s: fill 0x%02x would write a match".formatted(expression, fill));
            }
            requireNoPageTables(selection);
        }

        /**
         * Scrubs within batches.
         *
         * @param expression to find
         * @param fill 0 to 0xff
         * @param selection without page tables
         */
        public ScrubExpression(PageExpression expression, int fill, PageSelection selection) {
            this(expression, fill, selection, Optional.empty());
        }

        @Override
        public PageRuleResult apply(PageView pages) throws IOException {
            BitSet selected = pages.selectData(selection);
            return apply(new RuleRun(pages, selected), selected, Optional.empty());
        }

        /** Applies it where it is known in which pages its literal, if it has one, may begin. */
        PageRuleResult apply(RuleRun run, BitSet begins, Optional<SplitMatches> split)
                throws IOException {
            new ExpressionWalk(
                            expression,
                            run.pages(),
                            run.selected(),
                            begins,
                            (dataIndex, offset, length) -> {
                                run.matched(dataIndex, offset);
                                run.fill(dataIndex, offset, length, (byte) fill);
                            })
                    .walk();
            if (split.isPresent()) split.get().apply(run, (byte) fill);
            return run.result();
        }
    }

    /**
     * Puts other bytes in the place of each match.
     *
     * <p>The search continues after the replaced bytes; it finds no match that begins within them.
     *
     * @param pattern to find
     * @param replacement bytes of the same number, and not the same
     * @param selection without page tables
     */
    record Replace(PagePattern pattern, PagePattern replacement, PageSelection selection)
            implements PageRule {
        /** Checks the parts. */
        public Replace {
            if (replacement.length() != pattern.length()) {
                throw new IllegalArgumentException(
                        "replace %s: expected a replacement of %d bytes, found %d: bytes cannot move"
                                .formatted(pattern, pattern.length(), replacement.length()));
            }
            if (replacement.equals(pattern)) {
                throw new IllegalArgumentException(
                        "replace %s: expected a replacement that differs, found the same bytes"
                                .formatted(pattern));
            }
            requireNoPageTables(selection);
        }

        /**
         * Replaces in normal pages.
         *
         * @param pattern to find
         * @param replacement bytes of the same number
         */
        public Replace(PagePattern pattern, PagePattern replacement) {
            this(pattern, replacement, PageSelection.NORMAL);
        }

        @Override
        public PageRuleResult apply(PageView pages) throws IOException {
            BitSet selected = pages.selectData(selection);
            return apply(new RuleRun(pages, selected), selected);
        }

        /** Applies it where it is known in which pages a match may begin. */
        PageRuleResult apply(RuleRun run, BitSet begins) throws IOException {
            run.pages()
                    .walk(
                            pattern,
                            run.selected(),
                            begins,
                            (dataIndex, offset) -> {
                                run.matched(dataIndex, offset);
                                run.copy(dataIndex, offset, replacement.segment());
                                return pattern.length();
                            });
            return run.result();
        }
    }

    /**
     * Makes whole pages zero; those that are zero already are not touched.
     *
     * @param selection without page tables
     */
    record ZeroPages(PageSelection selection) implements PageRule {
        /** Checks the selection. */
        public ZeroPages {
            requireNoPageTables(selection);
        }

        @Override
        public PageRuleResult apply(PageView pages) throws IOException {
            return apply(new RuleRun(pages, pages.selectData(selection)));
        }

        PageRuleResult apply(RuleRun run) throws IOException {
            run.zero();
            return run.result();
        }
    }

    /**
     * Makes pages zero that the kernel of the guest has free, and that are not zero already. A page in which every byte
     * is 0xaa is left as it is: the kernel checks that mark of a free page (page_poison) when it uses the page again.
     *
     * @param selection without page tables
     * @param required whether the run is refused if the free pages are not known
     * @param free the free pages; empty as long as the image was not searched for them, or if they are not known, and
     *     then nothing is edited
     */
    record ZeroFree(PageSelection selection, boolean required, Optional<PfnSet> free)
            implements PageRule {
        /** Checks the selection. */
        public ZeroFree {
            requireNoPageTables(selection);
        }

        /**
         * A rule for an image that is still to be searched.
         *
         * @param selection without page tables
         * @param required whether the run is refused if the free pages are not known
         */
        public ZeroFree(PageSelection selection, boolean required) {
            this(selection, required, Optional.empty());
        }

        /**
         * The rule for an image that was searched.
         *
         * @param found the free pages
         * @return the same rule with them
         */
        public ZeroFree of(PfnSet found) {
            return new ZeroFree(selection, required, Optional.of(found));
        }

        @Override
        public boolean searches() {
            return true;
        }

        @Override
        public PageRuleResult apply(PageView pages) throws IOException {
            return apply(new RuleRun(pages, pages.selectData(selection)));
        }

        PageRuleResult apply(RuleRun run) throws IOException {
            if (free.isEmpty()) return PageRuleResult.NONE;
            run.zero(free.get());
            return run.result();
        }
    }

    private static void requireNoPageTables(PageSelection selection) {
        for (PageType type : selection.types()) {
            if (type.isPageTable()) {
                throw new IllegalArgumentException(
                        "selection: types other than page tables, found "
                                + type
                                + ": a guest whose page tables were overwritten cannot be restored");
            }
        }
    }
}
