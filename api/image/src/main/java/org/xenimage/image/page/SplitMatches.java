package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.foreign.LinearExpression.Search;
import org.xenimage.image.io.HeapBounds;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The matches of a scrub that are split over two pages which do not follow one another in one batch, found before the
 * rule is applied.
 *
 * <p>First {@link RuleScreen#observe} sees all contents and notes the pages in which a match may begin or end. Then
 * {@link #follows} is told which pages follow one another, and compares the noted ones. Last, {@link #neighbours} does
 * the same for those that follow one another by PFN. A page may follow several others, and be followed by several: in
 * the address space of each process, and where the kernel sees all memory. The bytes of a match that a scrub is to
 * overwrite after the end of its page continue in the page that follows in virtual memory; by PFN only if none does.
 *
 * <p>Memory: the noted pages are in a {@link PfnTable}, which goes to a file where they are many; what is found is
 * bounded by a share of the heap, and more is refused. For one thread.
 */
public final class SplitMatches implements Closeable {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;

    /** What an entry of a map takes. */
    private static final int FOUND_BYTES = 96;

    /** In the word of a noted page: a match may begin in it. */
    private static final long BEGINS = 1;

    /** In the word of a noted page: a match may end in it. */
    private static final long ENDS = 2;

    /** In the word of a noted page, the bits above: the bytes that a whole match overwrites in the next page. */
    private static final int REST = 2;

    /** Contents of the image by PFN. */
    public interface Contents {
        /**
         * The type of a page.
         *
         * @param pfn of the page
         * @return its type
         */
        PageType type(long pfn);

        /**
         * Reads a page.
         *
         * @param pfn of the page
         * @param into takes its bytes
         * @return whether the image has contents of it
         * @throws IOException if it cannot be read
         */
        boolean read(long pfn, MemorySegment into) throws IOException;
    }

    /** What is to be overwritten in a page. */
    private static final class Parts {
        private int start;
        private int end;
    }

    private final PageRule rule;
    private final Optional<PatternEdges> edges;
    private final PfnTable noted = new PfnTable(1, HeapBounds.here());
    private final PfnSet followed = new PfnSet();
    private final Map<Long, Parts> found = new HashMap<>();
    private final int most = HeapBounds.here().entries(FOUND_BYTES);
    private final MemorySegment both = Arena.ofAuto().allocate(2L * PAGE_SIZE, 8);
    private final PatternScan scan = new PatternScan();
    private boolean sealed;

    /**
     * Nothing found yet.
     *
     * @param rule with {@link PageRule#across}
     */
    public SplitMatches(PageRule rule) {
        this.rule = rule;
        this.edges =
                switch (rule) {
                    case PageRule.Scrub scrub -> Optional.of(new PatternEdges(scrub.pattern()));
                    case PageRule.ScrubExpression scrub ->
                            scrub.expression().literal().map(PatternEdges::new);
                    case PageRule.Replace _, PageRule.ZeroPages _, PageRule.ZeroFree _ ->
                            Optional.empty();
                };
    }

    PageRule rule() {
        return rule;
    }

    /**
     * Notes the pages of a batch in which a match may begin or end.
     *
     * @param view of the batch
     * @param selected the pages of the rule's selection, by their place among those with contents
     * @param begins those in which the pattern, or the literal of the expression, may begin
     * @throws IOException if the batch cannot be read, or the disk is full
     */
    void observe(PageView view, BitSet selected, BitSet begins) throws IOException {
        MemorySegment data = view.batch().data();
        for (int page = selected.nextSetBit(0); page >= 0; page = selected.nextSetBit(page + 1)) {
            long word =
                    switch (rule) {
                        case PageRule.Scrub scrub ->
                                parts(scrub, data, (long) page * PAGE_SIZE, begins.get(page));
                        case PageRule.ScrubExpression scrub ->
                                parts(
                                        scrub.expression(),
                                        data,
                                        (long) page * PAGE_SIZE,
                                        begins.get(page));
                        case PageRule.Replace _, PageRule.ZeroPages _, PageRule.ZeroFree _ -> 0;
                    };
            if (word != 0) noted.put(view.pfn(view.entryOf(page)), word, 0);
        }
    }

    private long parts(PageRule.Scrub scrub, MemorySegment data, long page, boolean begins) {
        PatternEdges ends = edges.orElseThrow();
        long word = ends.atEnd(data, page) > 0 ? BEGINS : 0;
        if (ends.atStart(data, page) > 0) word |= ENDS;
        long end = page + PAGE_SIZE;
        long rest = 0;
        if (begins && scrub.length() > scrub.pattern().length()) {
            scan.over(scrub.pattern(), data, Math.max(page, end - scrub.length() + 1), end);
            for (long at = scan.next(); at != PagePattern.NONE; at = scan.next()) {
                rest = at + scrub.length() - end;
                scan.skipTo(at + scrub.length());
            }
        }
        return word | rest << REST;
    }

    private long parts(PageExpression expression, MemorySegment data, long page, boolean begins) {
        Optional<PagePattern> literal = expression.literal();
        if (literal.isEmpty()) return BEGINS;
        if (begins) {
            scan.over(literal.get(), data, page, page + PAGE_SIZE);
            if (scan.next() != PagePattern.NONE) return BEGINS;
        }
        return edges.orElseThrow().atEnd(data, page) > 0 ? BEGINS : 0;
    }

    private void seal() throws IOException {
        if (!sealed) noted.seal();
        sealed = true;
    }

    private long word(long pfn) {
        long rank = noted.rank(pfn);
        return rank < noted.size() && noted.pfnAt(rank) == pfn ? noted.word(rank, 0) : 0;
    }

    /**
     * Compares two pages; no batch is observed afterwards.
     *
     * @param first PFN
     * @param second PFN of the page that follows it in virtual memory
     * @param contents of the image
     * @throws LimitExceeded if there is more to overwrite than the heap can note
     * @throws IOException if a page cannot be read
     */
    public void follows(long first, long second, Contents contents) throws IOException {
        seal();
        long word = word(first);
        if (word == 0 || !selected(second, contents)) return;
        if (word >>> REST != 0) {
            followed.add(first);
            parts(second).start = Math.max(parts(second).start, (int) (word >>> REST));
        }
        compare(word, first, second, contents);
    }

    /**
     * Compares the noted pages with those that follow them by PFN.
     *
     * @param contents of the image
     * @return the bytes that a match was to overwrite in a page that the image does not have
     * @throws LimitExceeded if there is more to overwrite than the heap can note
     * @throws IOException if a page cannot be read
     */
    public long neighbours(Contents contents) throws IOException {
        seal();
        long cut = 0;
        for (long rank = 0; rank < noted.size(); rank++) {
            long first = noted.pfnAt(rank);
            long second = first + 1;
            long word = noted.word(rank, 0);
            long rest = followed.contains(first) ? 0 : word >>> REST;
            if (!selected(second, contents)) {
                cut += rest;
                continue;
            }
            if (rest > 0) parts(second).start = Math.max(parts(second).start, (int) rest);
            compare(word, first, second, contents);
        }
        return cut;
    }

    private boolean selected(long pfn, Contents contents) {
        PageSelection selection = rule.selection();
        if (pfn < selection.firstPfn() || pfn >= selection.endPfn()) return false;
        PageType type = contents.type(pfn);
        return type.hasData() && selection.types().contains(type);
    }

    private void compare(long word, long first, long second, Contents contents) throws IOException {
        if ((word & BEGINS) == 0) return;
        switch (rule) {
            case PageRule.Scrub scrub -> {
                if ((word(second) & ENDS) != 0 && read(first, second, contents))
                    compare(scrub, first, second);
            }
            case PageRule.ScrubExpression scrub -> {
                if (read(first, second, contents)) compare(scrub.expression(), first, second);
            }
            case PageRule.Replace _, PageRule.ZeroPages _, PageRule.ZeroFree _ -> {}
        }
    }

    private boolean read(long first, long second, Contents contents) throws IOException {
        return contents.read(first, both.asSlice(0, PAGE_SIZE))
                && contents.read(second, both.asSlice(PAGE_SIZE, PAGE_SIZE));
    }

    private void compare(PageRule.Scrub scrub, long first, long second) throws IOException {
        int beyond = scrub.pattern().length() - 1;
        scan.over(scrub.pattern(), both, PAGE_SIZE - beyond, PAGE_SIZE + beyond);
        for (long at = scan.next(); at != PagePattern.NONE; at = scan.next())
            split(first, second, (int) at, (int) at + scrub.length());
    }

    private void compare(PageExpression expression, long first, long second) throws IOException {
        Search search = expression.over(new Text(both));
        int from = 0;
        while (from < PAGE_SIZE && search.find(from) && search.start() < PAGE_SIZE) {
            from = search.end();
            if (from > PAGE_SIZE) split(first, second, search.start(), from);
        }
    }

    private void split(long first, long second, int from, int to) throws LimitExceeded {
        Parts begin = parts(first);
        begin.end = Math.max(begin.end, PAGE_SIZE - from);
        Parts rest = parts(second);
        rest.start = Math.max(rest.start, Math.min(PAGE_SIZE, to - PAGE_SIZE));
    }

    private Parts parts(long pfn) throws LimitExceeded {
        Parts known = found.get(pfn);
        if (known != null) return known;
        if (found.size() >= most)
            throw new LimitExceeded(
                    Fault.in("image")
                            .element("pages")
                            .problem("hold too many matches that are split over two pages")
                            .expected("at most " + most)
                            .remedy(HeapBounds.here().remedy()));
        Parts made = new Parts();
        found.put(pfn, made);
        return made;
    }

    /** Overwrites what was found in the pages of a batch, and is not overwritten yet. */
    void apply(RuleRun run, byte fill) throws IOException {
        if (found.isEmpty()) return;
        BitSet selected = run.selected();
        for (int page = selected.nextSetBit(0); page >= 0; page = selected.nextSetBit(page + 1)) {
            Parts parts = found.get(run.pfn(page));
            if (parts == null) continue;
            int from = PAGE_SIZE - parts.end;
            if (parts.end > 0 && run.fillPart(page, from, parts.end, fill)) run.matched(page, from);
            if (parts.start > 0) run.fillPart(page, 0, parts.start, fill);
        }
    }

    /** The bytes of two pages as characters. */
    private record Text(MemorySegment bytes) implements CharSequence {
        @Override
        public int length() {
            return (int) bytes.byteSize();
        }

        @Override
        public char charAt(int index) {
            return (char) Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, index));
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Text(bytes.asSlice(start, end - start));
        }

        @Override
        public String toString() {
            var text = new StringBuilder(length());
            for (int at = 0; at < length(); at++) text.append(charAt(at));
            return text.toString();
        }
    }

    /** Gives back the notes, which are not needed any more once all pages were compared; what was found stays. */
    @Override
    public void close() throws IOException {
        noted.close();
    }
}
