package org.xenimage.formats.salvage;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * The pages of a PAGE_DATA record, whole or damaged. A complete record is passed on unchanged. If a
 * record has lost contents, the remaining ones are passed on with their entries, and the others are
 * reported by PFN; entries without contents stay.
 *
 * <p>A damaged record comes as several batches, since the longest one has 16 million entries:
 * {@link #proceed} passes on one at a time, of at most {@value #BATCH_ENTRIES} entries. Memory: one
 * batch, or one whole record. For one thread.
 */
final class PageRecovery {
    /**
     * As many entries as Xen writes into a record, four times over: its own records are never
     * divided.
     */
    private static final int BATCH_ENTRIES = 4096;

    private final SparseBytes in;
    private final Framing framing;
    private final EnclosingImage enclosing;
    private final RecoveredElements out;
    private Optional<Remains> unfinished = Optional.empty();

    PageRecovery(SparseBytes in, Framing framing, EnclosingImage enclosing, RecoveredElements out) {
        this.in = in;
        this.framing = framing;
        this.enclosing = enclosing;
        this.out = out;
    }

    /** Takes the existing pages of a record; false if even its entries are missing. */
    boolean take(RecordHeader record) throws IOException {
        Optional<PageShape> shape =
                PageShape.of(in, record.offset(), record.bodyLength(), framing.context.order());
        if (shape.isEmpty()) return false;
        if (in.intact(record.offset(), record.length())) intact(record, shape.get());
        else unfinished = Optional.of(new Remains(record, shape.get()));
        return true;
    }

    /**
     * Whether a damaged record has entries left to pass on: {@link #proceed} goes before the next
     * record.
     */
    boolean unfinished() {
        return unfinished.isPresent();
    }

    /** Passes on more of a damaged record. */
    void proceed() throws IOException {
        Remains remains = unfinished.orElseThrow();
        remains.next();
        if (remains.done()) unfinished = Optional.empty();
    }

    private void intact(RecordHeader record, PageShape shape) throws IOException {
        MemorySegment bytes = Arena.ofAuto().allocate(record.length(), 4096);
        in.read(record.offset(), bytes);
        for (int i = 0; i < shape.count(); i++) enclosing.seen(new PageEntry(shape.entry(i)).pfn());
        out.found(
                new PageBatch(
                        in.name(),
                        record.offset(),
                        record.bodyLength(),
                        framing.context.order(),
                        ByteRun.of(bytes)));
    }

    /** The remains of a damaged record, batch by batch. */
    private final class Remains {
        private final RecordHeader record;
        private final PageShape shape;
        private final long contentsStart;
        private int entry;
        private int content;
        private int lost;
        private long firstLost = -1;

        Remains(RecordHeader record, PageShape shape) {
            this.record = record;
            this.shape = shape;
            this.contentsStart = record.offset() + PageBatch.FIXED_LENGTH + 8L * shape.count();
        }

        boolean done() {
            return entry == shape.count();
        }

        void next() throws IOException {
            int most = Math.min(BATCH_ENTRIES, shape.count() - entry);
            long[] words = new long[most];
            int count = 0;
            long filled = 0;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment contents = arena.allocate((long) most * PageBatch.PAGE_SIZE, 8);
                for (int end = entry + most; entry < end; entry++) {
                    PageEntry page = new PageEntry(shape.entry(entry));
                    if (page.hasData()) {
                        if (!read(page, contents.asSlice(filled, PageBatch.PAGE_SIZE))) continue;
                        filled += PageBatch.PAGE_SIZE;
                    }
                    words[count++] = page.word();
                    enclosing.seen(page.pfn());
                }
                if (done()) tell();
                if (count == 0) return;
                out.found(
                        PageBatch.of(
                                framing.context.order(),
                                Arrays.copyOf(words, count),
                                contents.asSlice(0, filled)));
            }
        }

        /** Reads the contents of the next page that has any; false if they are lost. */
        private boolean read(PageEntry page, MemorySegment into) throws IOException {
            long from = contentsStart + (long) content++ * PageBatch.PAGE_SIZE;
            if (in.intact(from, PageBatch.PAGE_SIZE)) {
                in.read(from, into);
                return true;
            }
            if (lost++ == 0) firstLost = from;
            out.lostPage(page.pfn());
            return false;
        }

        private void tell() {
            out.lost(
                    Math.max(firstLost, 0),
                    (long) lost * PageBatch.PAGE_SIZE,
                    "%d of %d contents of record PAGE_DATA at 0x%x"
                            .formatted(lost, content, record.offset()));
        }
    }
}
