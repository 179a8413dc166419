package org.xenimage.formats.vmcore;

import org.xenimage.formats.core.CoreFrames;
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
 * <p>What the segments are is told by {@link CoreView}. Where there are more than {@code e_phnum} can count, it is 0xffff
 * (PN_XNUM), and a section header behind the notes counts them in {@code sh_info}. Memory: that of {@link PageStore} and
 * of the view.
 */
final class VmcoreWriter implements ImageWriter {
    /** Where the pages begin unless what stands before them needs more. */
    static final long ROOM = 1 << 20;

    private final ByteSink sink;
    private final GuestFacts facts = new GuestFacts();
    private final CoreFrames frames = new CoreFrames();
    private List<String> remarks = List.of();
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
                                                "cannot receive a vmcore, which is not written sequentially")
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
        frames.observe(element);
        if (element instanceof PageBatch batch) store.accept(batch);
    }

    @Override
    public void end() throws IOException {
        if (ended) return;
        ended = true;
        PageStore store = pages();
        store.finish();
        CoreView view = CoreView.of(facts, frames, store, ROOM);
        remarks = view.remarks();
        List<Segment> loads = new ArrayList<>(view.others());
        loads.addAll(view.image());
        // makedumpfile takes the direct map from the last ones
        loads.addAll(view.direct());
        MemorySegment notes = MemorySegment.ofArray(view.notes(false));
        long notesAt = Elf.HEADER_LENGTH + (loads.size() + 1L) * Elf.SEGMENT_LENGTH;
        boolean extended = loads.size() + 1 >= Elf.PN_XNUM;
        long sectionAt = extended ? (notesAt + notes.byteSize() + 7) & ~7L : 0;
        long front = extended ? sectionAt + Elf.SECTION_LENGTH : notesAt + notes.byteSize();
        long base = Math.max(ROOM, aligned(front));
        FileChannel file = file();
        long length = store.runs().pages() * PageBatch.PAGE_SIZE;
        Spill.move(file, ROOM, base, length);
        MemorySegment headers = MemorySegment.ofArray(new byte[Math.toIntExact(notesAt)]);
        int machine = facts.core() ? facts.machine() : Elf.EM_X86_64;
        elfHeader(headers, machine, loads.size() + 1, sectionAt);
        new Segment(Elf.PT_NOTE, 0, notesAt, 0, 0, notes.byteSize(), 4)
                .encode(headers, Elf.HEADER_LENGTH);
        long at = Elf.HEADER_LENGTH + Elf.SEGMENT_LENGTH;
        for (Segment load : loads) {
            moved(load, base - ROOM).encode(headers, at);
            at += Elf.SEGMENT_LENGTH;
        }
        Spill.writeAt(file, notesAt, notes);
        extend(file, base + length);
        if (extended) {
            MemorySegment section = MemorySegment.ofArray(new byte[Elf.SECTION_LENGTH]);
            section.set(Elf.U32, 44, loads.size() + 1);
            Spill.writeAt(file, sectionAt, section);
        }
        Spill.writeAt(file, 0, headers);
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

    private static void elfHeader(MemorySegment to, int machine, int segments, long section) {
        to.set(Elf.U32, 0, 0x464c457f);
        to.set(Elf.U32, 4, 0x00010102);
        to.set(Elf.U16, 16, (short) Elf.ET_CORE);
        to.set(Elf.U16, 18, (short) machine);
        to.set(Elf.U32, 20, 1);
        to.set(Elf.U64, 32, Elf.HEADER_LENGTH);
        to.set(Elf.U16, 52, (short) Elf.HEADER_LENGTH);
        to.set(Elf.U16, 54, (short) Elf.SEGMENT_LENGTH);
        to.set(Elf.U16, 56, (short) Math.min(segments, Elf.PN_XNUM));
        if (section == 0) return;
        to.set(Elf.U64, 40, section);
        to.set(Elf.U16, 58, (short) Elf.SECTION_LENGTH);
        to.set(Elf.U16, 60, (short) 1);
    }

    private static long aligned(long offset) {
        return (offset + PageBatch.PAGE_SIZE - 1) / PageBatch.PAGE_SIZE * PageBatch.PAGE_SIZE;
    }

    @Override
    public List<String> remarks() {
        return remarks;
    }

    @Override
    public void close() throws IOException {
        frames.close();
        if (pages.isPresent()) pages.get().close();
        sink.close();
    }
}
