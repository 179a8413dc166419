package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.foreign.LinearExpression.Search;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/**
 * Walks the matches of an expression in the selected pages of a batch, along runs of pages that are neighbours by PFN.
 *
 * <p>Each byte is matched once: a search that found nothing has reached the end of its run, and one that found
 * something is continued after the match. So the time is linear in the pages, however often the literal occurs.
 */
final class ExpressionWalk {
    private final PageExpression expression;
    private final PageView pages;
    private final MemorySegment data;
    private final Neighbours neighbours;
    private final BitSet selected;
    private final BitSet begins;
    private final Visitor visitor;
    private Run run = new Run(MemorySegment.NULL, new int[0]);

    /** Takes each match. */
    interface Visitor {
        /**
         * A match.
         *
         * @param dataIndex of the page in which it begins
         * @param offset in that page
         * @param length of the match, along the run
         * @throws IOException if the batch cannot be read or edited
         */
        void matched(int dataIndex, int offset, int length) throws IOException;
    }

    ExpressionWalk(
            PageExpression expression,
            PageView pages,
            BitSet selected,
            BitSet begins,
            Visitor visitor)
            throws IOException {
        this.expression = expression;
        this.pages = pages;
        this.data = pages.batch().data();
        this.neighbours = pages.neighbours();
        this.selected = selected;
        this.begins = begins;
        this.visitor = visitor;
    }

    /** The bytes of neighbouring pages as characters; {@code pages} are their indices among the contents. */
    private static final class Run implements CharSequence {
        private final MemorySegment data;
        private final int[] pages;

        Run(MemorySegment data, int[] pages) {
            this.data = data;
            this.pages = pages;
        }

        int page(int index) {
            return pages[index / PageBatch.PAGE_SIZE];
        }

        @Override
        public int length() {
            return pages.length * PageBatch.PAGE_SIZE;
        }

        @Override
        public char charAt(int index) {
            long at = (long) page(index) * PageBatch.PAGE_SIZE + index % PageBatch.PAGE_SIZE;
            return (char) Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, at));
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            var text = new StringBuilder(end - start);
            for (int at = start; at < end; at++) text.append(charAt(at));
            return text.toString();
        }

        @Override
        public String toString() {
            return subSequence(0, length()).toString();
        }

        int indexOf(int page) {
            for (int index = 0; index < pages.length; index++)
                if (pages[index] == page) return index;
            return Neighbours.NONE;
        }
    }

    void walk() throws IOException {
        Optional<PagePattern> literal = expression.literal();
        if (literal.isPresent()) {
            pages.walk(literal.get(), selected, begins, this::candidate);
            return;
        }
        for (int page = selected.nextSetBit(0); page >= 0; page = selected.nextSetBit(page + 1)) {
            int before = neighbours.previous(page);
            if (before != Neighbours.NONE && selected.get(before)) continue;
            run = runFrom(page);
            Search search = expression.over(run);
            for (int from = 0; from < run.length() && search.find(from); from = search.end())
                visit(search);
        }
    }

    /** An occurrence of the literal, at which or after which there may be a match: returns how far to pass on. */
    private int candidate(int dataIndex, int offset) throws IOException {
        int index = run.indexOf(dataIndex);
        if (index == Neighbours.NONE) {
            run = runFrom(first(dataIndex));
            index = run.indexOf(dataIndex);
        }
        int at = index * PageBatch.PAGE_SIZE + offset;
        Search search = expression.over(run);
        if (!search.find(at)) return run.length() - at;
        visit(search);
        return search.end() - at;
    }

    private void visit(Search found) throws IOException {
        visitor.matched(
                run.page(found.start()),
                found.start() % PageBatch.PAGE_SIZE,
                found.end() - found.start());
    }

    private int first(int page) {
        int first = page;
        int before = neighbours.previous(first);
        while (before != Neighbours.NONE && selected.get(before)) {
            first = before;
            before = neighbours.previous(first);
        }
        return first;
    }

    private Run runFrom(int first) {
        int[] pages = new int[64];
        int count = 0;
        for (int page = first;
                page != Neighbours.NONE && selected.get(page);
                page = neighbours.next(page)) {
            if (count == pages.length) pages = Arrays.copyOf(pages, count * 2);
            pages[count++] = page;
        }
        return new Run(data, Arrays.copyOf(pages, count));
    }
}
