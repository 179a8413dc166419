package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** One run of a rule over one batch: edits along runs of neighbouring pages, and counts what it does. */
final class RuleRun {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;

    /** PAGE_POISON of Linux. */
    private static final byte FREE_MARK = (byte) 0xaa;

    private final PageView pages;
    private final BitSet selected;
    private final List<PageMatch> first = new ArrayList<>();
    private MemorySegment writable = MemorySegment.NULL;
    private final BitSet edited = new BitSet();
    private long matches;
    private long bytes;
    private long cut;

    /** A run over the pages that are selected, by their place among those with contents; they stay as they are. */
    RuleRun(PageView pages, BitSet selected) {
        this.pages = pages;
        this.selected = selected;
    }

    PageView pages() {
        return pages;
    }

    /** The pages in which bytes were overwritten so far. */
    BitSet edited() {
        return edited;
    }

    BitSet selected() {
        return selected;
    }

    PageRuleResult result() {
        return new PageRuleResult(
                selected.cardinality(), matches, edited.cardinality(), bytes, cut, first);
    }

    void matched(int dataIndex, int offset) {
        matches++;
        if (first.size() < PageRuleResult.FIRST) first.add(pages.match(dataIndex, offset));
    }

    void fill(int dataIndex, int offset, int length, byte fill) throws IOException {
        int page = dataIndex;
        int at = offset;
        for (int left = length; left > 0; ) {
            int here = Math.min(left, PAGE_SIZE - at);
            edit(page, at, here).fill(fill);
            left -= here;
            page = follower(page);
            at = 0;
            if (page == Neighbours.NONE) {
                cut += left;
                return;
            }
        }
    }

    /** The bytes of the pages with contents, one page after the other. */
    MemorySegment data() throws IOException {
        return pages.batch().data();
    }

    long pfn(int dataIndex) {
        return pages.match(dataIndex, 0).pfn();
    }

    /** Fills a part of a match that is split; {@return whether there was anything else than the fill} */
    boolean fillPart(int dataIndex, int offset, int length, byte fill) throws IOException {
        MemorySegment part = data().asSlice((long) dataIndex * PAGE_SIZE + offset, length);
        for (int at = 0; at < length; at++) {
            if (part.get(ValueLayout.JAVA_BYTE, at) == fill) continue;
            edit(dataIndex, offset, length).fill(fill);
            return true;
        }
        return false;
    }

    void copy(int dataIndex, int offset, MemorySegment from) throws IOException {
        long here = Math.min(from.byteSize(), PAGE_SIZE - offset);
        edit(dataIndex, offset, here).copyFrom(from.asSlice(0, here));
        long rest = from.byteSize() - here;
        if (rest > 0) edit(follower(dataIndex), 0, rest).copyFrom(from.asSlice(here));
    }

    void zero() throws IOException {
        MemorySegment data = pages.batch().data();
        for (int page = selected.nextSetBit(0); page >= 0; page = selected.nextSetBit(page + 1)) {
            if (!PageView.isZero(data, page)) edit(page, 0, PAGE_SIZE).fill((byte) 0);
        }
    }

    /** Makes those pages zero that are in a set, and are neither zero nor marked as free. */
    void zero(PfnSet set) throws IOException {
        MemorySegment data = data();
        for (int page = selected.nextSetBit(0); page >= 0; page = selected.nextSetBit(page + 1)) {
            if (!set.contains(pfn(page)) || PageView.isZero(data, page)) continue;
            if (!marked(data, page)) edit(page, 0, PAGE_SIZE).fill((byte) 0);
        }
    }

    private static boolean marked(MemorySegment data, int page) {
        long at = (long) page * PAGE_SIZE;
        if (data.get(ValueLayout.JAVA_BYTE, at) != FREE_MARK) return false;
        // every byte is as the one before it
        return MemorySegment.mismatch(data, at, at + PAGE_SIZE - 1, data, at + 1, at + PAGE_SIZE)
                < 0;
    }

    private int follower(int dataIndex) {
        int next = pages.neighbours().next(dataIndex);
        return next != Neighbours.NONE && selected.get(next) ? next : Neighbours.NONE;
    }

    private MemorySegment edit(int dataIndex, int offset, long length) throws IOException {
        if (writable.byteSize() == 0) writable = pages.batch().editData();
        edited.set(dataIndex);
        bytes += length;
        return writable.asSlice((long) dataIndex * PAGE_SIZE + offset, length);
    }
}
