package org.xenimage.formats.vmcore;

import org.xenimage.formats.core.CoreView;
import org.xenimage.formats.core.GuestFacts;
import org.xenimage.formats.core.PageSpace;
import org.xenimage.formats.core.PageStore;
import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.Segment;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.spi.ImageWriter;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes an ELF64 core the way Linux's kdump does.
 *
 * <pre>
 *          0  ELF header: ET_CORE, e_phoff 64, no sections
 *         64  program headers, 56 bytes each: PT_NOTE; PT_LOAD of vmalloc and other mappings, of the kernel image,
 *             of the direct map
 *             notes, behind the program headers: NT_PRSTATUS for each vCPU, VMCOREINFO
 *  {@value #ROOM}  pages, ascending by PFN, zero pages as holes; further back if headers and notes need more
 * </pre>
 *
 * <p>What the segments are is told by {@link CoreView}. Of more than {@value #SEGMENTS_MAX} the vmalloc mappings with the
 * highest addresses are left out, since not every debugger knows how ELF counts further. Memory: that of
 * {@link PageStore} and of the view.
 */
final class VmcoreWriter implements ImageWriter {
    /** Where the pages begin unless what stands before them needs more. */
    static final long ROOM = 1 << 20;

    /** One less than what {@code e_phnum} can count, 0xffff being PN_XNUM. */
    static final int SEGMENTS_MAX = 0xfffe;

    private final ByteSink sink;
    private final GuestFacts facts = new GuestFacts();
    private Optional<PageStore> pages = Optional.empty();
    private boolean ended;

    VmcoreWriter(ByteSink sink) {
        this.sink = sink;
    }

    private FileChannel file() throws IOException {
        return sink.file()
                .orElseThrow(() ->
                        new IOException(
                                Fault.in(sink.name())
                                        .problem(
                                                "cannot take a vmcore, which is not written in order")
                                        .remedy("write it to a file")
                                        .message()));
    }

    private PageStore pages() throws IOException {
        if (pages.isEmpty()) pages = Optional.of(new PageStore(PageSpace.within(file(), ROOM)));
        return pages.get();
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        PageStore store = pages();
        facts.observe(element);
        if (element instanceof PageBatch batch) store.accept(batch);
    }

    @Override
    public void end() throws IOException {
        if (ended) return;
        ended = true;
        PageStore store = pages();
        store.finish();
        CoreView view = CoreView.of(facts, store, ROOM);
        List<Segment> loads = loads(view);
        MemorySegment notes = MemorySegment.ofArray(view.notes());
        long notesAt = Elf.HEADER_LENGTH + (loads.size() + 1L) * Elf.SEGMENT_LENGTH;
        long base = Math.max(ROOM, aligned(notesAt + notes.byteSize()));
        FileChannel file = file();
        long length = store.runs().pages() * PageBatch.PAGE_SIZE;
        Spill.move(file, ROOM, base, length);
        MemorySegment front = MemorySegment.ofArray(new byte[(int) notesAt]);
        elfHeader(front, loads.size() + 1);
        new Segment(Elf.PT_NOTE, 0, notesAt, 0, 0, notes.byteSize(), 4)
                .encode(front, Elf.HEADER_LENGTH);
        long at = Elf.HEADER_LENGTH + Elf.SEGMENT_LENGTH;
        for (Segment load : loads) {
            moved(load, base - ROOM).encode(front, at);
            at += Elf.SEGMENT_LENGTH;
        }
        Spill.writeAt(file, notesAt, notes);
        extend(file, base + length);
        Spill.writeAt(file, 0, front);
    }

    /** Orders the segments; makedumpfile takes the direct map from the last ones. */
    private List<Segment> loads(CoreView view) throws IOException {
        int room = SEGMENTS_MAX - 1 - view.image().size() - view.direct().size();
        if (room < 0)
            throw new IOException(
                    Fault.in(sink.name())
                            .field("e_phnum")
                            .problem("cannot describe memory in so many pieces")
                            .expected("at most " + SEGMENTS_MAX + " segments")
                            .found("" + (SEGMENTS_MAX - room))
                            .remedy("make native or dump-core of the image")
                            .message());
        List<Segment> all =
                new ArrayList<>(view.others().subList(0, Math.min(room, view.others().size())));
        all.addAll(view.image());
        all.addAll(view.direct());
        return all;
    }

    private static Segment moved(Segment load, long by) {
        return new Segment(
                load.type(),
                load.flags(),
                load.offset() + by,
                load.virtual(),
                load.physical(),
                load.length(),
                load.alignment());
    }

    /** Zero pages at the end were not written, and belong to the file all the same. */
    private static void extend(FileChannel file, long end) throws IOException {
        if (file.size() < end) Spill.writeAt(file, end - 1, MemorySegment.ofArray(new byte[1]));
    }

    private static void elfHeader(MemorySegment to, int segments) {
        to.set(Elf.U32, 0, 0x464c457f);
        to.set(Elf.U32, 4, 0x00010102);
        to.set(Elf.U16, 16, (short) Elf.ET_CORE);
        to.set(Elf.U16, 18, (short) Elf.EM_X86_64);
        to.set(Elf.U32, 20, 1);
        to.set(Elf.U64, 32, Elf.HEADER_LENGTH);
        to.set(Elf.U16, 52, (short) Elf.HEADER_LENGTH);
        to.set(Elf.U16, 54, (short) Elf.SEGMENT_LENGTH);
        to.set(Elf.U16, 56, (short) segments);
    }

    private static long aligned(long offset) {
        return (offset + PageBatch.PAGE_SIZE - 1) / PageBatch.PAGE_SIZE * PageBatch.PAGE_SIZE;
    }

    @Override
    public void close() throws IOException {
        if (pages.isPresent()) pages.get().close();
        sink.close();
    }
}
