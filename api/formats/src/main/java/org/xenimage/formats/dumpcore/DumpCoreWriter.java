package org.xenimage.formats.dumpcore;

import org.xenimage.formats.core.GuestFacts;
import org.xenimage.formats.core.PageRuns;
import org.xenimage.formats.core.PageSpace;
import org.xenimage.formats.core.PageStore;
import org.xenimage.formats.core.Spill;
import org.xenimage.formats.core.VcpuContexts;
import org.xenimage.formats.core.XenNotes;
import org.xenimage.formats.dumpcore.CoreLayout.Kind;
import org.xenimage.formats.elf.Elf;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageWriter;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a dump-core in the layout of Xen's own: section headers after the ELF header, notes,
 * contexts, shared info, pages, frames, names. One that was read with another layout keeps it.
 *
 * <p>Of a save, pages are ordered by {@link PageStore}, and the frames of a PV guest are its PFNs,
 * as the page tables of a stream hold PFNs. Of a dump-core that was read, pages and map are written
 * in the order of arrival, which reproduces a file with any order.
 */
final class DumpCoreWriter implements ImageWriter {
    /** What a map can have of entries that name no page: those of 4 PiB. */
    private static final long INVALID_MAX = 1L << 40;

    private static final long FAR = 1L << 28;

    private static final long CONTEXTS_OFFSET = CoreLayout.NOTES_OFFSET + 0x568;

    private final ByteSink sink;
    private final GuestFacts facts = new GuestFacts();
    private Optional<Body> body = Optional.empty();
    private MemorySegment notes = MemorySegment.NULL;
    private MemorySegment contexts = MemorySegment.NULL;
    private MemorySegment shared = MemorySegment.NULL;
    private Optional<CoreLayout> layout = Optional.empty();
    private long base;
    private boolean ended;

    /** The pages and the map of the core. */
    private sealed interface Body extends Closeable {
        void pages(PageBatch batch) throws IOException;

        /** Looks at an element that is not pages. */
        void observe(ImageElement element) throws IOException;

        /** Ends the filling. */
        void finish() throws IOException;

        /** Bytes of {@code .xen_pages}; after the end. */
        long pagesLength();

        /** Bytes of the map; after the end. */
        long mapLength();

        /** Pages as the note HEADER counts them; after the end. */
        long pages();

        /** Writes the map. */
        void map(FileChannel file, long offset) throws IOException;
    }

    /** Pages of a save, each once, ascending. */
    private static final class Ordered implements Body {
        private final PageStore store;
        private final boolean p2m;

        Ordered(FileChannel file, long base, boolean p2m) {
            this.store = new PageStore(PageSpace.within(file, base));
            this.p2m = p2m;
        }

        @Override
        public void pages(PageBatch batch) throws IOException {
            store.accept(batch);
        }

        @Override
        public void observe(ImageElement element) throws IOException {
            store.observe(element);
        }

        @Override
        public void finish() throws IOException {
            store.finish();
        }

        @Override
        public long pagesLength() {
            return pages() * PageBatch.PAGE_SIZE;
        }

        @Override
        public long mapLength() {
            return pages() * (p2m ? 16 : 8);
        }

        @Override
        public long pages() {
            return store.runs().pages();
        }

        @Override
        public void map(FileChannel file, long offset) throws IOException {
            var out = new Buffered(file, offset);
            PageRuns runs = store.runs();
            for (int run = 0; run < runs.runs(); run++) {
                for (long pfn = runs.first(run); pfn < runs.first(run) + runs.count(run); pfn++) {
                    out.word(pfn);
                    if (p2m) out.word(pfn);
                }
            }
            out.flush();
        }

        @Override
        public void close() throws IOException {
            store.close();
        }
    }

    /** Pages of a dump-core in the order in which they come. */
    private static final class AsItCame implements Body {
        private static final long ALL_ONES = -1;

        private final FileChannel file;
        private final long base;
        private final boolean p2m;
        private final Spill map = new Spill();
        private final MemorySegment word = MemorySegment.ofArray(new byte[8]);
        private long pages;

        /** Bytes after the last whole page that has an entry. */
        private long unplaced;

        /** PFNs of entries whose machine frames are still to come. */
        private long[] waiting = new long[0];

        AsItCame(FileChannel file, long base, boolean p2m) throws IOException {
            this.file = file;
            this.base = base;
            this.p2m = p2m;
        }

        @Override
        public void pages(PageBatch batch) throws IOException {
            settle();
            long[] pfns = new long[batch.count()];
            int count = 0;
            for (int i = 0; i < pfns.length; i++) {
                long entry = batch.entry(i);
                if (new PageEntry(entry).hasData()) pfns[count++] = new PageEntry(entry).pfn();
            }
            contents(batch.data());
            entries(Arrays.copyOf(pfns, count));
        }

        @Override
        public void observe(ImageElement element) throws IOException {
            if (element instanceof RecordFrame frame && frame.type().ofCore()) record(frame);
        }

        /** Handles a record about the pages or the map. */
        private void record(RecordFrame frame) throws IOException {
            RecordType type = frame.type();
            MemorySegment body = frame.body();
            if (type.equals(RecordType.CORE_FRAMES)) {
                frames(body, 16);
            } else if (type.equals(RecordType.CORE_GMFNS)) {
                frames(body, 8);
            } else if (type.equals(RecordType.CORE_INVALID)) {
                settle();
                long count = body.byteSize() < 8 ? 0 : body.get(Elf.U64, 0);
                long contents = Math.max(0, body.byteSize() - 8);
                boolean fits = contents == 0 || contents == count * PageBatch.PAGE_SIZE;
                if (count < 0 || count > INVALID_MAX - pages || !fits)
                    throw new CorruptImage(
                            Fault.in("image")
                                    .element(frame.label())
                                    .problem("has an impossible number of invalid entries"));
                if (contents > 0) contents(body.asSlice(8));
                else pages += count;
                if (contents > 0) entries(filled((int) count));
                else for (long i = 0; i < count; i++) entry(ALL_ONES, ALL_ONES);
            } else if (type.equals(RecordType.CORE_UNPLACED)) {
                settle();
                Spill.writeAt(file, base + pages * PageBatch.PAGE_SIZE + unplaced, body);
                unplaced += body.byteSize();
            } else if (type.equals(RecordType.CORE_UNBACKED)) {
                settle();
                map.append(body);
            }
        }

        private static long[] filled(int count) {
            long[] all = new long[count];
            Arrays.fill(all, ALL_ONES);
            return all;
        }

        private void contents(MemorySegment data) throws IOException {
            Spill.writeAt(file, base + pages * PageBatch.PAGE_SIZE, data);
            pages += data.byteSize() / PageBatch.PAGE_SIZE;
        }

        private void entries(long[] pfns) throws IOException {
            if (p2m) waiting = pfns;
            else for (long pfn : pfns) entry(pfn, ALL_ONES);
        }

        private void entry(long pfn, long mfn) throws IOException {
            word.set(Elf.U64, 0, pfn);
            map.append(word);
            if (!p2m) return;
            word.set(Elf.U64, 0, mfn);
            map.append(word);
        }

        /**
         * Takes the machine frames of the pages before them. A policy may have removed pages from
         * the batch: each frame belongs to the PFN next to it; those of older releases, which have
         * none, to the pages in order.
         */
        private void frames(MemorySegment body, int width) throws IOException {
            long at = 0;
            for (long pfn : waiting) {
                while (width == 16 && at + width <= body.byteSize() && body.get(Elf.U64, at) != pfn)
                    at += width;
                boolean there = at + width <= body.byteSize();
                entry(pfn, there ? body.get(Elf.U64, at + width - 8) : ALL_ONES);
                at += width;
            }
            waiting = new long[0];
        }

        private void settle() throws IOException {
            for (long pfn : waiting) entry(pfn, ALL_ONES);
            waiting = new long[0];
        }

        @Override
        public void finish() throws IOException {
            settle();
            map.flush();
        }

        @Override
        public long pagesLength() {
            return pages * PageBatch.PAGE_SIZE + unplaced;
        }

        @Override
        public long mapLength() {
            return map.length();
        }

        @Override
        public long pages() {
            return pages;
        }

        @Override
        public void map(FileChannel to, long offset) throws IOException {
            MemorySegment buffer = Arena.ofAuto().allocate(1 << 20, 64);
            for (long at = 0; at < map.length(); at += buffer.byteSize()) {
                MemorySegment some =
                        buffer.asSlice(0, Math.min(buffer.byteSize(), map.length() - at));
                map.read(at, some);
                Spill.writeAt(to, offset + at, some);
            }
        }

        @Override
        public void close() throws IOException {
            map.close();
        }
    }

    /** Words on their way to a file. */
    private static final class Buffered {
        private final FileChannel file;
        private final MemorySegment buffer = Arena.ofAuto().allocate(1 << 20, 64);
        private long offset;
        private long at;

        Buffered(FileChannel file, long offset) {
            this.file = file;
            this.offset = offset;
        }

        void word(long value) throws IOException {
            buffer.set(Elf.U64, at, value);
            at += 8;
            if (at == buffer.byteSize()) flush();
        }

        void flush() throws IOException {
            Spill.writeAt(file, offset, buffer.asSlice(0, at));
            offset += at;
            at = 0;
        }
    }

    DumpCoreWriter(ByteSink sink) {
        this.sink = sink;
    }

    private FileChannel file() throws IOException {
        return sink.file()
                .orElseThrow(() ->
                        new IOException(
                                Fault.in(sink.name())
                                        .problem(
                                                "cannot receive a dump-core, which is not written sequentially")
                                        .remedy("write it to a file")
                                        .message()));
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        facts.observe(element);
        if (element instanceof PageBatch batch) {
            body().pages(batch);
        } else if (element instanceof RecordFrame frame && frame.type().ofCore()) {
            record(frame);
        } else if (body.isPresent()) {
            body.get().observe(element);
        }
    }

    /**
     * The pages. They begin where those of a guest with one vCPU and a shared info page do, and are moved in the end if
     * what precedes them is longer or shorter.
     */
    private Body body() throws IOException {
        if (body.isPresent()) return body.get();
        long contextsLength =
                contexts.byteSize() > 0 ? contexts.byteSize() : VcpuContexts.LENGTH_64;
        boolean page = facts.pv() || shared.byteSize() > 0;
        base =
                CoreLayout.pagesOffset(
                        CONTEXTS_OFFSET + contextsLength + (page ? PageBatch.PAGE_SIZE : 0));
        // A layout tells where they will be, unless a record that somebody made claims a place far
        // off.
        long expected = layout.map(CoreLayout::pagesAt).orElse(base);
        if (expected < FAR) base = expected;
        Body made =
                facts.core()
                        ? new AsItCame(file(), base, facts.pv())
                        : new Ordered(file(), base, facts.pv());
        body = Optional.of(made);
        return made;
    }

    private void record(RecordFrame frame) throws IOException {
        if (frame.type().equals(RecordType.CORE_NOTES)) notes = copy(frame);
        else if (frame.type().equals(RecordType.CORE_CONTEXTS)) contexts = copy(frame);
        else if (frame.type().equals(RecordType.CORE_SHARED_INFO)) shared = copy(frame);
        else if (frame.type().equals(RecordType.CORE_LAYOUT)) layout = Optional.of(layout(frame));
        else if (frame.type().equals(RecordType.CORE_MACHINE)) return;
        else body().observe(frame);
    }

    private CoreLayout layout(RecordFrame frame) throws IOException {
        CoreLayout.requireShort(frame.bodyLength(), layoutPlace());
        return CoreLayout.decode(copy(frame), layoutPlace());
    }

    private static MemorySegment copy(RecordFrame frame) throws IOException {
        return MemorySegment.ofArray(frame.body().toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void end() throws IOException {
        if (ended) return;
        ended = true;
        Body all = body();
        all.finish();
        VcpuContexts vcpus = VcpuContexts.of(facts);
        if (contexts.byteSize() == 0 && !facts.core())
            contexts = MemorySegment.ofArray(vcpus.bytes());
        if (shared.byteSize() == 0 && !facts.core()) shared = facts.sharedInfo();
        if (notes.byteSize() == 0)
            notes = MemorySegment.ofArray(XenNotes.of(facts, vcpus.count(), all.pages(), Map.of()));
        write(file(), all);
    }

    private void write(FileChannel file, Body all) throws IOException {
        var lengths =
                new CoreLayout.Contents(
                        facts.machine(),
                        facts.pv(),
                        contextLength(),
                        notes.byteSize(),
                        contexts.byteSize(),
                        shared.byteSize(),
                        all.pagesLength(),
                        all.mapLength());
        CoreLayout places =
                layout.isPresent()
                        ? layout.get().with(lengths.lengths(), facts.machine(), layoutPlace())
                        : CoreLayout.xen(lengths);
        Spill.move(file, base, places.pagesAt(), all.pagesLength());
        all.map(file, places.mapAt());
        places.write(file, Map.of(Kind.NOTES, notes, Kind.CONTEXTS, contexts, Kind.SHARED, shared));
    }

    private Fault layoutPlace() {
        return Fault.in(sink.name()).element("record " + RecordType.CORE_LAYOUT);
    }

    private long contextLength() {
        if (facts.core() && facts.coreContextLength() != 0) return facts.coreContextLength();
        return facts.pv() && facts.guestWidth() == 4
                ? VcpuContexts.LENGTH_32
                : VcpuContexts.LENGTH_64;
    }

    @Override
    public void close() throws IOException {
        if (body.isPresent()) body.get().close();
        sink.close();
    }
}
