package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * Walks the matches of a pattern in the selected pages of a batch, along runs of pages that are neighbours by PFN.
 *
 * <p>Within a run, pages that are adjacent in the record are scanned in one piece. Where the run
 * continues elsewhere in the record, the end of one page and the beginning of the next are put
 * together and scanned: a pattern is at most a page long, so no match touches three.
 */
final class RunWalk {
    private final PatternScan scan = new PatternScan();
    private MemorySegment seam = MemorySegment.NULL;

    /**
     * Walks until the end or until the visitor stops it.
     *
     * @param begins the pages that are searched for the beginning of a match; none begins in another selected page,
     *     unless it continues in a page that is not next to it in the record
     */
    void walk(
            PagePattern pattern,
            MemorySegment data,
            Neighbours pages,
            BitSet selected,
            BitSet begins,
            MatchVisitor visitor)
            throws IOException {
        for (int page = selected.nextSetBit(0); page >= 0; page = selected.nextSetBit(page + 1)) {
            int before = pages.previous(page);
            boolean startsRun = before == Neighbours.NONE || !selected.get(before);
            if (startsRun && !walkRun(page, pattern, data, pages, selected, begins, visitor))
                return;
        }
    }

    private boolean walkRun(
            int firstPage,
            PagePattern pattern,
            MemorySegment data,
            Neighbours pages,
            BitSet selected,
            BitSet begins,
            MatchVisitor visitor)
            throws IOException {
        int page = firstPage;
        long passedOver = 0;
        while (true) {
            int lastPage = page;
            while (pages.next(lastPage) == lastPage + 1 && selected.get(lastPage + 1)) lastPage++;
            long end = (lastPage + 1L) * PageBatch.PAGE_SIZE;
            long free = (long) page * PageBatch.PAGE_SIZE + passedOver;
            int marked = begins.nextSetBit(page);
            while (marked != -1 && marked <= lastPage) {
                int after = Math.min(begins.nextClearBit(marked), lastPage + 1);
                long from = Math.max(free, (long) marked * PageBatch.PAGE_SIZE);
                long beyond = (long) after * PageBatch.PAGE_SIZE;
                marked = begins.nextSetBit(after);
                if (from >= beyond) continue;
                scan.over(pattern, data, from, Math.min(end, beyond + pattern.length() - 1));
                for (long at = scan.next(); at != PagePattern.NONE; at = scan.next()) {
                    int pass =
                            visitor.matched(
                                    (int) (at / PageBatch.PAGE_SIZE),
                                    (int) (at % PageBatch.PAGE_SIZE));
                    if (pass == MatchVisitor.STOP) return false;
                    free = at + pass;
                    scan.skipTo(free);
                }
            }
            int follower = pages.next(lastPage);
            if (follower == Neighbours.NONE || !selected.get(follower)) return true;
            int tail = (int) Math.min(pattern.length() - 1, end - free);
            if (tail > 0) {
                if (seam.byteSize() == 0)
                    seam = MemorySegment.ofArray(new byte[2 * PagePattern.LENGTH_MAX]);
                int head = pattern.length() - 1;
                MemorySegment.copy(data, end - tail, seam, 0, tail);
                MemorySegment.copy(data, (long) follower * PageBatch.PAGE_SIZE, seam, tail, head);
                scan.over(pattern, seam, 0, (long) tail + head);
                for (long at = scan.next(); at != PagePattern.NONE; at = scan.next()) {
                    int pass = visitor.matched(lastPage, PageBatch.PAGE_SIZE - tail + (int) at);
                    if (pass == MatchVisitor.STOP) return false;
                    free = end - tail + at + pass;
                    scan.skipTo(at + pass);
                }
            }
            passedOver = Math.max(0, free - end);
            page = follower;
        }
    }
}
