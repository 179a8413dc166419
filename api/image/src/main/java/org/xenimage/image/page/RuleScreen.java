package org.xenimage.image.page;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.PageBatch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Applies the page rules of a run to batch after batch, whoever declared them, and looks at the bytes once for all.
 *
 * <p>The patterns of all rules, and the literals of their expressions, are compiled together. The first rule that is
 * applied to a batch has it searched for all of them, which marks the pages in which a match of each may begin; every
 * rule then looks at its own pages only, and at none in most batches. What a rule overwrote is searched again before
 * the next one, and the whole batch if anything else edited it. So each rule does exactly what {@link PageRule#apply}
 * does, in the same order, and sees what the rules before it made.
 *
 * <p>Memory: a bit for each pattern and page of the batch. For one thread.
 */
public final class RuleScreen {
    private final List<PagePattern> patterns = new ArrayList<>();
    private final Map<PagePattern, Integer> indices = new HashMap<>();
    private final Map<PagePattern, PatternEdges> edges = new HashMap<>();
    private Optional<PatternScreen> compiled = Optional.empty();
    private @Nullable PageView view;

    /** For each pattern the pages in which a match may begin, as of the last search. */
    private BitSet[] begins = {};

    /** The pages that rules overwrote since that search. */
    private final BitSet dirty = new BitSet();

    /** What {@link PageBatch#edits} said when all edits were known. */
    private int edits;

    private boolean searched;

    /** The pages of selections that do not depend on contents. */
    private final Map<PageSelection, BitSet> selections = new HashMap<>();

    /** A run without rules. */
    public RuleScreen() {}

    /**
     * Takes in rules that will be applied.
     *
     * @param rules in any order
     */
    public void add(List<PageRule> rules) {
        for (PageRule rule : rules) {
            pattern(rule)
                    .filter(pattern -> !indices.containsKey(pattern))
                    .ifPresent(pattern -> {
                        indices.put(pattern, patterns.size());
                        patterns.add(pattern);
                        compiled = Optional.empty();
                    });
        }
    }

    /** What every match of a rule begins with, if that is known. */
    private static Optional<PagePattern> pattern(PageRule rule) {
        return switch (rule) {
            case PageRule.Scrub scrub -> Optional.of(scrub.pattern());
            case PageRule.ScrubExpression scrub -> scrub.expression().literal();
            case PageRule.Replace replace -> Optional.of(replace.pattern());
            case PageRule.ZeroPages _, PageRule.ZeroFree _ -> Optional.empty();
        };
    }

    /**
     * The pages of a batch, indexed once.
     *
     * @param batch that the run has come to
     * @return a view of it, valid until the next batch
     * @throws IOException as {@link PageView#moveTo}
     */
    public PageView over(PageBatch batch) throws IOException {
        PageView known = view;
        if (known == null) {
            known = new PageView(batch);
            view = known;
        } else if (known.batch() != batch) {
            known.moveTo(batch);
        } else {
            return known;
        }
        searched = false;
        selections.clear();
        return known;
    }

    /**
     * Edits a batch.
     *
     * @param rule one of those that were added
     * @param batch that the run has come to
     * @param split what was found of it before; empty if the image can be read only once
     * @return what was done
     * @throws IOException if the batch cannot be read
     */
    public PageRuleResult apply(PageRule rule, PageBatch batch, Optional<SplitMatches> split)
            throws IOException {
        PageView pages = over(batch);
        RuleRun run = new RuleRun(pages, selected(pages, rule.selection()));
        BitSet where = begins(pages, rule, run.selected());
        // A rule without a pattern searches nothing, and edits before it may be unknown.
        boolean known = batch.edits() == edits;
        PageRuleResult result =
                switch (rule) {
                    case PageRule.Scrub scrub ->
                            scrub.apply(
                                    run,
                                    where,
                                    split,
                                    pattern -> edges.computeIfAbsent(pattern, PatternEdges::new));
                    case PageRule.ScrubExpression scrub -> scrub.apply(run, where, split);
                    case PageRule.Replace replace -> replace.apply(run, where);
                    case PageRule.ZeroPages zero -> zero.apply(run);
                    case PageRule.ZeroFree zero -> zero.apply(run);
                };
        if (known && !run.edited().isEmpty()) {
            dirty.or(run.edited());
            edits = batch.edits();
        }
        return result;
    }

    /**
     * Notes the pages of a batch in which a match may begin or end that is split over two pages.
     *
     * @param matches of a rule that was added
     * @param batch that the search has come to
     * @throws IOException if the batch cannot be read, or the disk is full
     */
    public void observe(SplitMatches matches, PageBatch batch) throws IOException {
        PageView pages = over(batch);
        BitSet selected = selected(pages, matches.rule().selection());
        matches.observe(pages, selected, begins(pages, matches.rule(), selected));
    }

    private BitSet selected(PageView pages, PageSelection selection) throws IOException {
        if (selection.content() != PageSelection.Content.ANY) return pages.selectData(selection);
        BitSet known = selections.get(selection);
        if (known != null) return known;
        BitSet selected = pages.selectData(selection);
        selections.put(selection, selected);
        return selected;
    }

    /** The pages in which a match of a rule may begin; all of them if nothing is known. */
    private BitSet begins(PageView pages, PageRule rule, BitSet selected) throws IOException {
        Optional<Integer> index = pattern(rule).map(indices::get);
        if (index.isEmpty()) return selected;
        search(pages);
        return begins[index.get()];
    }

    private void search(PageView pages) throws IOException {
        if (compiled.isEmpty()) {
            compiled = Optional.of(new PatternScreen(patterns));
            begins = new BitSet[patterns.size()];
            for (int i = 0; i < begins.length; i++) begins[i] = new BitSet();
            searched = false;
        }
        PageBatch batch = pages.batch();
        if (searched && batch.edits() == edits && dirty.isEmpty()) return;
        PatternScreen screen = compiled.get();
        MemorySegment data = batch.data();
        int count = batch.dataCount();
        if (!searched || batch.edits() != edits) {
            for (BitSet marked : begins) marked.clear();
            screen.mark(data, 0, count, begins);
        } else {
            // An occurrence that touches an edited page may stand in the one before or after as
            // well.
            for (int page = dirty.nextSetBit(0); page >= 0; ) {
                int end = dirty.nextClearBit(page);
                screen.mark(data, Math.max(0, page - 1), Math.min(count, end + 1), begins);
                page = dirty.nextSetBit(end);
            }
        }
        searched = true;
        dirty.clear();
        edits = batch.edits();
    }
}
