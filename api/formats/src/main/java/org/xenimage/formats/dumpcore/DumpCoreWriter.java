package org.xenimage.formats.dumpcore;

import org.xenimage.formats.core.CoreRecords;
import org.xenimage.formats.core.GuestFacts;
import org.xenimage.formats.core.PageRuns;
import org.xenimage.formats.core.PageSpace;
import org.xenimage.formats.core.PageStore;
import org.xenimage.formats.core.Spill;
import org.xenimage.formats.core.VcpuContexts;
import org.xenimage.formats.core.XenNotes;
import org.xenimage.formats.elf.Elf;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.spi.ImageWriter;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a dump-core in the layout of Xen's own: section headers behind the ELF header, notes, contexts, shared info,
 * pages, frames, names.
 *
 * <p>The frames of a PV guest are its PFNs, as the page tables of a stream hold PFNs; those of a dump-core that was read
 * are as they were. Memory: that of {@link PageStore}.
 */
final class DumpCoreWriter implements ImageWriter {
    private static final long NOTES_OFFSET = Elf.HEADER_LENGTH + 7L * Elf.SECTION_LENGTH;
    private static final long CONTEXTS_OFFSET = NOTES_OFFSET + 0x568;
    private static final long INVALID = -1;

    private final ByteSink sink;
    private final GuestFacts facts = new GuestFacts();
    private Optional<PageStore> pages = Optional.empty();
    private Optional<Spill> gmfns = Optional.empty();
    private MemorySegment notes = MemorySegment.NULL;
    private MemorySegment contexts = MemorySegment.NULL;
    private MemorySegment shared = MemorySegment.NULL;
    private long invalid;
    private long base;
    private boolean ended;

    DumpCoreWriter(ByteSink sink) {
        this.sink = sink;
    }

    private FileChannel file() throws IOException {
        return sink.file()
                .orElseThrow(() ->
                        new IOException(
                                Fault.in(sink.name())
                                        .problem(
                                                "cannot take a dump-core, which is not written in order")
                                        .remedy("write it to a file")
                                        .message()));
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        facts.observe(element);
        if (element instanceof PageBatch batch) {
            if (pages.isEmpty()) begin();
            pages.orElseThrow().accept(batch);
        } else if (element instanceof RecordFrame frame) {
            record(frame);
        }
    }

    /** Takes the place for the pages that a guest with one vCPU and a shared info page would have. */
    private void begin() throws IOException {
        long contextsLength =
                contexts.byteSize() > 0 ? contexts.byteSize() : VcpuContexts.LENGTH_64;
        boolean page = facts.pv() || shared.byteSize() > 0;
        base = aligned(CONTEXTS_OFFSET + contextsLength + (page ? PageBatch.PAGE_SIZE : 0));
        pages = Optional.of(new PageStore(PageSpace.within(file(), base)));
    }

    private void record(RecordFrame frame) throws IOException {
        if (frame.type().equals(CoreRecords.NOTES)) notes = copy(frame);
        else if (frame.type().equals(CoreRecords.CONTEXTS)) contexts = copy(frame);
        else if (frame.type().equals(CoreRecords.SHARED_INFO)) shared = copy(frame);
        else if (frame.type().equals(CoreRecords.INVALID) && frame.bodyLength() == 8)
            invalid = frame.body().get(Elf.U64, 0);
        else if (frame.type().equals(CoreRecords.GMFNS)) {
            if (gmfns.isEmpty()) gmfns = Optional.of(new Spill());
            gmfns.get().append(frame.body());
        }
    }

    private static MemorySegment copy(RecordFrame frame) throws IOException {
        return MemorySegment.ofArray(frame.body().toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void end() throws IOException {
        if (ended) return;
        ended = true;
        if (pages.isEmpty()) begin();
        PageStore store = pages.orElseThrow();
        store.finish();
        VcpuContexts vcpus = VcpuContexts.of(facts);
        if (contexts.byteSize() == 0) contexts = MemorySegment.ofArray(vcpus.bytes());
        if (shared.byteSize() == 0) shared = facts.sharedInfo();
        long all = store.runs().pages() + invalid;
        if (invalid < 0 || invalid > store.runs().pages() + (1L << 40))
            throw new CorruptImage(
                    Fault.in(sink.name()).problem("has an impossible number of invalid frames"));
        if (notes.byteSize() == 0)
            notes = MemorySegment.ofArray(XenNotes.of(facts, vcpus.count(), all, Map.of()));
        write(file(), store, all);
    }

    private void write(FileChannel file, PageStore store, long all) throws IOException {
        long contextsAt = NOTES_OFFSET + notes.byteSize();
        long sharedAt = contextsAt + contexts.byteSize();
        long pagesAt = aligned(sharedAt + shared.byteSize());
        long length = store.runs().pages() * PageBatch.PAGE_SIZE;
        Spill.move(file, base, pagesAt, length);
        long framesAt = pagesAt + all * PageBatch.PAGE_SIZE;
        boolean p2m = facts.pv();
        int width = p2m ? 16 : 8;
        long namesAt = frames(file, framesAt, store.runs(), p2m);
        boolean hasShared = shared.byteSize() > 0;
        String table = p2m ? ".xen_p2m" : ".xen_pfn";
        var names = new StringBuilder("\0");
        MemorySegment headers = MemorySegment.ofArray(new byte[(int) NOTES_OFFSET]);
        Headers to = new Headers(headers, names);
        to.add(".shstrtab", Elf.SHT_STRTAB, namesAt, 0, 0, 0);
        to.add(".note.Xen", Elf.SHT_NOTE, NOTES_OFFSET, notes.byteSize(), 0, 0);
        int each =
                facts.pv() && facts.guestWidth() == 4
                        ? VcpuContexts.LENGTH_32
                        : VcpuContexts.LENGTH_64;
        to.add(".xen_prstatus", Elf.SHT_PROGBITS, contextsAt, contexts.byteSize(), 8, each);
        if (hasShared)
            to.add(
                    ".xen_shared_info",
                    Elf.SHT_PROGBITS,
                    sharedAt,
                    shared.byteSize(),
                    8,
                    PageBatch.PAGE_SIZE);
        to.add(
                ".xen_pages",
                Elf.SHT_PROGBITS,
                pagesAt,
                all * PageBatch.PAGE_SIZE,
                PageBatch.PAGE_SIZE,
                PageBatch.PAGE_SIZE);
        to.add(table, Elf.SHT_PROGBITS, framesAt, all * width, 8, width);
        headers.set(Elf.U64, 64 + 64 + 32, names.length());
        boolean narrow = facts.pv() && facts.guestWidth() == 4;
        elfHeader(headers, narrow ? Elf.EM_386 : Elf.EM_X86_64, to.count());
        Spill.writeAt(
                file,
                namesAt,
                MemorySegment.ofArray(names.toString().getBytes(StandardCharsets.US_ASCII)));
        Spill.writeAt(file, NOTES_OFFSET, notes);
        Spill.writeAt(file, contextsAt, contexts);
        Spill.writeAt(file, sharedAt, shared);
        long sharedEnd = sharedAt + shared.byteSize();
        Spill.writeAt(
                file, sharedEnd, MemorySegment.ofArray(new byte[(int) (pagesAt - sharedEnd)]));
        file.truncate(namesAt + names.length());
        Spill.writeAt(file, 0, headers);
    }

    private long frames(FileChannel file, long offset, PageRuns runs, boolean p2m)
            throws IOException {
        MemorySegment buffer = Arena.ofAuto().allocate(1 << 20, 64);
        boolean own = gmfns.isPresent() && gmfns.get().length() == runs.pages() * 8;
        if (own) gmfns.get().flush();
        MemorySegment gmfn = MemorySegment.ofArray(new byte[8]);
        long at = 0;
        long written = offset;
        long number = 0;
        for (int run = 0; run <= runs.runs(); run++) {
            boolean tail = run == runs.runs();
            long count = tail ? invalid : runs.count(run);
            for (long i = 0; i < count; i++) {
                long pfn = tail ? INVALID : runs.first(run) + i;
                buffer.set(Elf.U64, at, pfn);
                at += 8;
                if (p2m) {
                    if (own && !tail) gmfns.get().read(number * 8, gmfn);
                    buffer.set(Elf.U64, at, own && !tail ? gmfn.get(Elf.U64, 0) : pfn);
                    at += 8;
                }
                number++;
                if (at < buffer.byteSize()) continue;
                Spill.writeAt(file, written, buffer);
                written += at;
                at = 0;
            }
        }
        Spill.writeAt(file, written, buffer.asSlice(0, at));
        return written + at;
    }

    private static void elfHeader(MemorySegment to, int machine, int sections) {
        to.set(Elf.U32, 0, 0x464c457f);
        to.set(Elf.U32, 4, 0x00010102);
        to.set(ValueLayout.JAVA_BYTE, 8, (byte) 1);
        to.set(Elf.U16, 16, (short) Elf.ET_CORE);
        to.set(Elf.U16, 18, (short) machine);
        to.set(Elf.U32, 20, 1);
        to.set(Elf.U64, 40, Elf.HEADER_LENGTH);
        to.set(Elf.U16, 52, (short) Elf.HEADER_LENGTH);
        to.set(Elf.U16, 54, (short) Elf.SEGMENT_LENGTH);
        to.set(Elf.U16, 58, (short) Elf.SECTION_LENGTH);
        to.set(Elf.U16, 60, (short) sections);
        to.set(Elf.U16, 62, (short) 1);
    }

    /** Section headers being filled in, and their names. */
    private static final class Headers {
        private final MemorySegment into;
        private final StringBuilder names;
        private int count = 1;

        Headers(MemorySegment into, StringBuilder names) {
            this.into = into;
            this.names = names;
        }

        int count() {
            return count;
        }

        void add(String name, int type, long offset, long length, long alignment, long entry) {
            long at = Elf.HEADER_LENGTH + (long) Elf.SECTION_LENGTH * count++;
            into.set(Elf.U32, at, names.length());
            into.set(Elf.U32, at + 4, type);
            into.set(Elf.U64, at + 24, offset);
            into.set(Elf.U64, at + 32, length);
            into.set(Elf.U64, at + 48, alignment);
            into.set(Elf.U64, at + 56, entry);
            names.append(name).append('\0');
        }
    }

    private static long aligned(long offset) {
        return (offset + PageBatch.PAGE_SIZE - 1) / PageBatch.PAGE_SIZE * PageBatch.PAGE_SIZE;
    }

    @Override
    public void close() throws IOException {
        if (pages.isPresent()) pages.get().close();
        if (gmfns.isPresent()) gmfns.get().close();
        sink.close();
    }
}
