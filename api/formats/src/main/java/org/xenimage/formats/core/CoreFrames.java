package org.xenimage.formats.core;

import org.xenimage.formats.elf.Elf;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.RecordType;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * The machine frames of a PV guest's pages, from the stream of a dump-core
 * ({@link RecordType#CORE_FRAMES}, and {@link RecordType#CORE_GMFNS} of older releases). The heap
 * holds one batch; the rest is in files. Not safe for use by several threads.
 */
public final class CoreFrames implements Closeable {
    private static final int PAIR = 16;
    private static final long BUFFER = 1 << 20;

    private Optional<Spill> pairs = Optional.empty();
    private Optional<FrameTable> byMfn = Optional.empty();
    private Optional<FrameTable> byPfn = Optional.empty();
    private boolean core;
    private long[] batch = new long[0];
    private final MemorySegment pair = MemorySegment.ofArray(new byte[PAIR]);

    /** No frames yet. */
    public CoreFrames() {}

    /**
     * Examines an element before it is passed on.
     *
     * @param element valid during this call
     * @throws IOException if it cannot be read, or the disk is full
     */
    public void observe(ImageElement element) throws IOException {
        if (element instanceof PageBatch found) {
            if (core) batch = pfns(found);
        } else if (element instanceof RecordFrame frame) {
            if (!frame.type().ofCore()) return;
            core = true;
            MemorySegment body = frame.body();
            if (frame.type().equals(RecordType.CORE_FRAMES)) {
                for (long at = 0; at + PAIR <= body.byteSize(); at += PAIR)
                    put(body.get(Elf.U64, at), body.get(Elf.U64, at + 8));
            } else if (frame.type().equals(RecordType.CORE_GMFNS)) {
                for (int i = 0; i < batch.length && 8L * i + 8 <= body.byteSize(); i++)
                    put(batch[i], body.get(Elf.U64, 8L * i));
            }
        }
    }

    private static long[] pfns(PageBatch batch) throws IOException {
        long[] pfns = new long[batch.count()];
        int count = 0;
        for (int i = 0; i < pfns.length; i++) {
            long entry = batch.entry(i);
            if (new PageEntry(entry).hasData()) pfns[count++] = new PageEntry(entry).pfn();
        }
        return Arrays.copyOf(pfns, count);
    }

    private void put(long pfn, long mfn) throws IOException {
        if (pairs.isEmpty()) pairs = Optional.of(new Spill());
        pair.set(Elf.U64, 0, pfn);
        pair.set(Elf.U64, 8, mfn);
        pairs.get().append(pair);
    }

    /** {@return whether there are any: page tables hold machine frames} */
    public boolean any() {
        return pairs.isPresent();
    }

    /**
     * The page that has a machine frame.
     *
     * @param mfn as a page table names it
     * @return its PFN, or {@link PageRuns#NONE}; the frame itself if the stream has no frames
     * @throws IOException if the frames cannot be read
     */
    public long pfn(long mfn) throws IOException {
        if (pairs.isEmpty()) return mfn;
        if (byMfn.isEmpty()) byMfn = Optional.of(table(pairs.get(), 8, 0));
        return byMfn.get().find(mfn);
    }

    /**
     * The machine frame of a page.
     *
     * @param pfn of the page
     * @return its frame, all ones if the dump-core has none; the PFN itself if the stream has no
     *     frames
     * @throws IOException if the frames cannot be read
     */
    public long mfn(long pfn) throws IOException {
        if (pairs.isEmpty()) return pfn;
        if (byPfn.isEmpty()) byPfn = Optional.of(table(pairs.get(), 0, 8));
        return byPfn.get().find(pfn);
    }

    private FrameTable table(Spill all, long key, long value) throws IOException {
        all.flush();
        var table = new FrameTable(all.length() / PAIR);
        try {
            MemorySegment buffer = Arena.ofAuto().allocate(BUFFER, 8);
            for (long start = 0; start < all.length(); start += BUFFER) {
                MemorySegment some = buffer.asSlice(0, Math.min(BUFFER, all.length() - start));
                all.read(start, some);
                for (long at = 0; at < some.byteSize(); at += PAIR)
                    table.put(some.get(Elf.U64, at + key), some.get(Elf.U64, at + value));
            }
        } catch (IOException | RuntimeException | Error e) {
            table.close();
            throw e;
        }
        return table;
    }

    @Override
    public void close() throws IOException {
        if (byMfn.isPresent()) byMfn.get().close();
        if (byPfn.isPresent()) byPfn.get().close();
        if (pairs.isPresent()) pairs.get().close();
    }
}
