package org.xenimage.formats.vmcore;

import org.xenimage.formats.core.CoreFrames;
import org.xenimage.formats.core.CoreView;
import org.xenimage.formats.core.GuestFacts;
import org.xenimage.formats.core.PageSpace;
import org.xenimage.formats.core.PageStore;
import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.SectionTable;
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
 *  {@value #PAGES_AT}  pages, ascending by PFN, zero pages as holes; further back if headers and notes need more
 * </pre>
 *
 * <p>{@link CoreView} defines the segments. Where there are more than {@code e_phnum} can count, it
 * is 0xffff (PN_XNUM), and a section header after the notes counts them in {@code sh_info}. Memory:
 * that of {@link PageStore} and of the view.
 */
final class VmcoreWriter implements ImageWriter {
    /** Where the pages begin unless what precedes them needs more. */
    static final long PAGES_AT = 1 << 20;

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
        if (pages.isEmpty()) pages = Optional.of(new PageStore(PageSpace.within(file(), PAGES_AT)));
        return pages.get();
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        PageStore store = pages();
        facts.observe(element);
        frames.observe(element);
        store.observe(element);
        if (element instanceof PageBatch batch) store.accept(batch);
    }

    @Override
    public void end() throws IOException {
        if (ended) return;
        ended = true;
        PageStore store = pages();
        store.finish();
        CoreView view = CoreView.of(facts, frames, store, PAGES_AT);
        remarks = view.remarks();
        List<Segment> loads = new ArrayList<>(view.others());
        loads.addAll(view.image());
        // makedumpfile takes the direct map from the last ones
        loads.addAll(view.direct());
        MemorySegment notes = MemorySegment.ofArray(view.notes(false));
        int segments = loads.size() + 1;
        long notesAt = Elf.HEADER_LENGTH + (long) segments * Elf.SEGMENT_LENGTH;
        boolean extended = SectionTable.countsSegments(segments);
        long notesEnd = notesAt + notes.byteSize();
        long sectionAt = (notesEnd + 7) & ~7L;
        long base =
                Math.max(PAGES_AT, aligned(extended ? sectionAt + Elf.SECTION_LENGTH : notesEnd));
        FileChannel file = file();
        long length = store.runs().pages() * PageBatch.PAGE_SIZE;
        Spill.move(file, PAGES_AT, base, length);
        List<Segment> moved = loads.stream().map(load -> load.moved(base - PAGES_AT)).toList();
        ElfHeader header =
                ElfHeader.core(facts.core() ? facts.machine() : Elf.EM_X86_64)
                        .withSegments(Elf.HEADER_LENGTH, segments);
        if (extended) header = header.withSections(sectionAt, 1, 0);
        Spill.writeAt(file, notesAt, notes);
        extend(file, base + length);
        if (extended) Spill.writeAt(file, sectionAt, SectionTable.first(segments));
        Spill.writeAt(
                file,
                Elf.HEADER_LENGTH,
                Segment.encode(Segment.notes(notesAt, notes.byteSize()), moved));
        Spill.writeAt(file, 0, header.encode());
    }

    /** Zero pages at the end were not written, and belong to the file anyway. */
    private static void extend(FileChannel file, long end) throws IOException {
        if (file.size() < end) Spill.writeAt(file, end - 1, MemorySegment.ofArray(new byte[1]));
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
