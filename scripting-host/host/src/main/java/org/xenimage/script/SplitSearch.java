package org.xenimage.script;

import org.xenimage.image.element.PageType;
import org.xenimage.image.page.PageRule;
import org.xenimage.image.page.PageRuleResult;
import org.xenimage.image.page.PageSelection;
import org.xenimage.image.page.PageView;
import org.xenimage.image.page.PfnSet;
import org.xenimage.image.page.RuleScreen;
import org.xenimage.image.page.SplitMatches;
import org.xenimage.tools.guest.AddressSpaces;
import org.xenimage.tools.guest.FreePages;
import org.xenimage.tools.index.ImageIndex;
import org.xenimage.tools.index.PageIndex;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The search of an image before its rewrite begins, for matches that are split over two pages and for the pages that
 * the guest has free: one pass over all pages and one walk of the page tables, for all rules of all policies
 * together. What earlier policies of the run make of the pages is not known yet: the image is searched as it is. For
 * one run, on its thread.
 */
final class SplitSearch implements Closeable {
    private final Optional<ImageIndex> image;
    private final Map<SplitMatches, PageRuleResult> searched = new LinkedHashMap<>();
    private Optional<FreePages> free = Optional.empty();
    private Optional<PfnSet> freePages = Optional.empty();
    private boolean noTables;
    private final RuleScreen screen = new RuleScreen();

    /**
     * Nothing searched yet.
     *
     * @param image to search, empty if it can be read only once; closed with this
     */
    SplitSearch(Optional<ImageIndex> image) {
        this.image = image;
    }

    /** A rule to search for; empty if the image cannot be searched. */
    Optional<SplitMatches> add(PageRule rule) {
        if (image.isEmpty()) return Optional.empty();
        if (rule instanceof PageRule.ZeroFree) {
            if (free.isEmpty()) free = image.map(FreePages::new);
            return Optional.empty();
        }
        SplitMatches made = new SplitMatches(rule);
        searched.put(made, PageRuleResult.NONE);
        screen.add(List.of(rule));
        return Optional.of(made);
    }

    /** Searches the image for all rules. */
    void run() throws IOException {
        if (image.isEmpty()) return;
        PageIndex pages = image.get().pages();
        var spaces = new AddressSpaces(image.get());
        pages.batches(
                PageSelection.ALL,
                0,
                PageIndex.Overlay.NONE,
                batch -> {
                    PageView view = screen.over(batch);
                    spaces.observe(view);
                    if (free.isPresent()) free.get().observe(view);
                    for (SplitMatches matches : searched.keySet()) screen.observe(matches, batch);
                    return true;
                });
        if (free.isPresent()) freePages = Optional.of(free.get().find());
        if (searched.isEmpty()) return;
        var contents =
                new SplitMatches.Contents() {
                    @Override
                    public PageType type(long pfn) {
                        return pages.has(pfn) ? pages.type(pfn) : PageType.XTAB;
                    }

                    @Override
                    public boolean read(long pfn, MemorySegment into) throws IOException {
                        return pages.read(pfn, into);
                    }
                };
        List<SplitMatches> all = List.copyOf(searched.keySet());
        long tables =
                spaces.walk((first, second) -> {
                    for (SplitMatches matches : all) matches.follows(first, second, contents);
                });
        noTables = tables == 0;
        for (SplitMatches matches : all) {
            long cut = matches.neighbours(contents);
            searched.put(matches, new PageRuleResult(0, 0, 0, 0, cut, List.of()));
        }
    }

    /** The rule with what was found for it. */
    PageRule found(PageRule rule) {
        return rule instanceof PageRule.ZeroFree zero && freePages.isPresent()
                ? zero.of(freePages.get())
                : rule;
    }

    /** What matches were to overwrite in pages that the image does not have. */
    PageRuleResult cut(Optional<SplitMatches> matches) {
        return matches.map(one -> searched.getOrDefault(one, PageRuleResult.NONE))
                .orElse(PageRuleResult.NONE);
    }

    /** What a user should know of the search. */
    Optional<String> remark(PageRule rule) {
        if (rule instanceof PageRule.ZeroFree) {
            if (image.isEmpty())
                return Optional.of(
                        "no free pages are zeroed: the image is read once, and they are known only in a file");
            return free.flatMap(FreePages::problem).map(why -> "no free pages are zeroed: " + why);
        }
        if (image.isEmpty())
            return Optional.of(
                    rule instanceof PageRule.ScrubExpression scrub
                            ? "the image is read once: matches of %s that are split over batches stay"
                                    .formatted(scrub.expression())
                            : "the image is read once: %d bytes of a match at the edge of a page count"
                                    .formatted(rule.across().orElseThrow().edge()));
        return noTables
                ? Optional.of(
                        "the image has no page tables that are known: pages that follow one another in virtual memory "
                                + "only are not found")
                : Optional.empty();
    }

    @Override
    public void close() throws IOException {
        for (SplitMatches matches : searched.keySet()) matches.close();
        if (image.isPresent()) image.get().close();
    }
}
