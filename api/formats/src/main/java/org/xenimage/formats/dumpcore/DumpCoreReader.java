package org.xenimage.formats.dumpcore;

import org.xenimage.formats.core.VcpuContexts;
import org.xenimage.formats.core.XenNotes;
import org.xenimage.formats.dumpcore.CoreLayout.Kind;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.elf.Note;
import org.xenimage.image.element.GuestType;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.RandomAccessBytes;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.Progress;
import org.xenimage.image.spi.SalvageLog;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A dump-core as the elements of a libxc stream: headers, records of what it has, pages of type NOTAB, END. What no
 * record of Xen holds goes in the records of {@link RecordType#ofCore}, so that a dump-core can be made again byte for
 * byte.
 *
 * <p>Dump-cores that other readers accept are read, even if Xen itself would not write them: the
 * map need not ascend, may have entries of all ones anywhere, and may have fewer or more entries
 * than there are pages; the counts in the note HEADER are ignored. The rules of {@code verify}
 * report each of these. Memory: one batch of pages.
 */
final class DumpCoreReader implements ImageReader {
    private static final int BATCH = 1024;
    private static final long INVALID = -1;

    private final ImageFormat format;
    private final ByteSource source;
    private final ElfFile file;
    private final boolean pv;
    private final ElfSection frames;
    private final int width;
    private final ElfSection pages;
    private final long count;
    private final Deque<ImageElement> before = new ArrayDeque<>();
    private final Deque<ImageElement> ready = new ArrayDeque<>();
    private final Deque<ImageElement> after = new ArrayDeque<>();
    private long next;

    /** Invalid entries without contents that were read and not passed on. */
    private long invalid;

    private long rest;
    private final Optional<SalvageLog> log;

    private DumpCoreReader(
            ImageFormat format,
            ByteSource source,
            ElfFile file,
            Header header,
            Optional<SalvageLog> log)
            throws IOException {
        this.log = log;
        this.format = format;
        this.source = source;
        this.file = file;
        this.pv = header.magic() == XenNotes.MAGIC_PV;
        this.frames = file.require(pv ? ".xen_p2m" : ".xen_pfn");
        this.width = pv ? 16 : 8;
        this.pages = file.require(".xen_pages");
        this.count = Math.min(pages.length() / PageBatch.PAGE_SIZE, frames.length() / width);
        if (log.isEmpty()) return;
        if (unplaced() > 0)
            log.get()
                    .lost(
                            pages.offset() + count * PageBatch.PAGE_SIZE,
                            unplaced(),
                            "pages that cannot be placed: the table of their PFNs, which follows them, is lost");
        if (unbacked() > 0)
            log.get()
                    .lost(
                            pages.end(),
                            unbacked() / width * PageBatch.PAGE_SIZE,
                            "the contents of %d pages".formatted(unbacked() / width));
    }

    /** Bytes of pages for which the map has no entries. */
    private long unplaced() {
        return pages.length() - count * PageBatch.PAGE_SIZE;
    }

    /** Bytes of entries for which there are no pages. */
    private long unbacked() {
        return frames.length() - count * width;
    }

    /** What the notes say. */
    private record Header(long magic, long vcpus, long pages, long major, long minor) {}

    static DumpCoreReader open(ImageFormat format, ByteSource source, FileChannel channel)
            throws IOException {
        return open(format, source, ElfFile.open(source.name(), channel), Optional.empty());
    }

    /** Opens a file that may be truncated or damaged; the reader passes on the intact parts. */
    static DumpCoreReader salvage(
            ImageFormat format, ByteSource source, FileChannel channel, SalvageLog log)
            throws IOException {
        ElfFile file = ElfFile.openCut(source.name(), channel, DumpCoreReader::name);
        names(file, log);
        return open(format, source, file, Optional.of(log));
    }

    /** Tells if the names of the sections are gone, which are at the end of the file. */
    private static void names(ElfFile file, SalvageLog log) throws IOException {
        long table = file.header().get(Elf.U64, 40);
        int index = Short.toUnsignedInt(file.header().get(Elf.U16, 62));
        MemorySegment place = MemorySegment.ofArray(new byte[16]);
        file.read(table + (long) index * Elf.SECTION_LENGTH + 24, place);
        long end = place.get(Elf.U64, 0) + place.get(Elf.U64, 8);
        if (Long.compareUnsigned(end, file.length()) <= 0) return;
        log.lost(
                file.length(),
                Math.max(1, end - Math.max(file.length(), place.get(Elf.U64, 0))),
                "the names of the sections, which are known by their shape");
    }

    private static DumpCoreReader open(
            ImageFormat format, ByteSource source, ElfFile file, Optional<SalvageLog> log)
            throws IOException {
        ElfSection notes = file.require(".note.Xen");
        Fault place = Fault.in(source.name()).at(notes.offset()).element("section .note.Xen");
        MemorySegment bytes = file.readSection(notes);
        Header header = header(bytes, place);
        var reader = new DumpCoreReader(format, source, file, header, log);
        reader.prepare(header, bytes);
        return reader;
    }

    /** The name of a section by its shape; the names are at the end of a dump-core. */
    private static String name(ElfSection unnamed) {
        if (unnamed.type() == Elf.SHT_NOTE) return ".note.Xen";
        if (unnamed.type() != Elf.SHT_PROGBITS) return "";
        if (unnamed.alignment() == PageBatch.PAGE_SIZE) return ".xen_pages";
        if (unnamed.entryLength() == PageBatch.PAGE_SIZE) return ".xen_shared_info";
        if (unnamed.entryLength() == 16) return ".xen_p2m";
        return unnamed.entryLength() == 8 ? ".xen_pfn" : ".xen_prstatus";
    }

    private static Header header(MemorySegment bytes, Fault place) throws IOException {
        Optional<Header> header = Optional.empty();
        long major = 0;
        long minor = 0;
        for (Note note : Note.parse(bytes, place)) {
            MemorySegment body = note.descriptor();
            if (note.type() == XenNotes.FORMAT_VERSION
                    && body.byteSize() >= 8
                    && body.get(Elf.U64, 0) >>> 32 != 0) {
                throw new UnsupportedVersion(
                        place.field("format version")
                                .expected("0.1")
                                .found(
                                        "%d.%d"
                                                .formatted(
                                                        body.get(Elf.U64, 0) >>> 32,
                                                        body.get(Elf.U64, 0) & 0xffffffffL))
                                .remedy("too new for this release"));
            }
            if (note.type() == XenNotes.XEN_VERSION && body.byteSize() >= 16) {
                major = body.get(Elf.U64, 0);
                minor = body.get(Elf.U64, 8);
            }
            if (note.type() != XenNotes.HEADER || body.byteSize() < 32) continue;
            long magic = body.get(Elf.U64, 0);
            if (magic != XenNotes.MAGIC_PV && magic != XenNotes.MAGIC_HVM) {
                throw new CorruptImage(
                        place.field("xch_magic").expected("0xf00febed or 0xf00febee").found(magic));
            }
            if (body.get(Elf.U64, 24) != PageBatch.PAGE_SIZE) {
                throw new CorruptImage(
                        place.field("xch_page_size")
                                .expected("0x1000")
                                .found(body.get(Elf.U64, 24)));
            }
            header =
                    Optional.of(
                            new Header(magic, body.get(Elf.U64, 8), body.get(Elf.U64, 16), 0, 0));
        }
        Header found =
                header.orElseThrow(() -> new CorruptImage(place.problem("has no note HEADER")));
        return new Header(found.magic(), found.vcpus(), found.pages(), major, minor);
    }

    private void prepare(Header header, MemorySegment notes) throws IOException {
        int type = (pv ? GuestType.PV : GuestType.HVM).code();
        before.add(
                new LibxcHeader(
                        0,
                        LibxcHeader.VERSION_MAX,
                        (short) 0,
                        (short) 0,
                        0,
                        type,
                        (short) LibxcHeader.PAGE_SHIFT,
                        (short) 0,
                        (int) header.major(),
                        (int) header.minor()));
        int machine = Short.toUnsignedInt(file.header().get(Elf.U16, 18));
        ElfSection prstatus = file.require(".xen_prstatus");
        if (prstatus.length() > RecordFrame.BODY_LENGTH_MAX) throw tooLong(prstatus);
        boolean narrow =
                pv
                        && switch (VcpuContexts.lengthOfOne(prstatus.length(), header.vcpus())) {
                            case VcpuContexts.LENGTH_32 -> true;
                            case VcpuContexts.LENGTH_64 -> false;
                            default -> machine == Elf.EM_386;
                        };
        var context = new RecordContext(ByteOrder.LITTLE_ENDIAN, narrow ? 4 : 8);
        before.add(record(RecordType.CORE_NOTES, context, notes.toArray(ValueLayout.JAVA_BYTE)));
        if (pv) {
            byte[] body = {(byte) (narrow ? 4 : 8), (byte) (narrow ? 3 : 4), 0, 0, 0, 0, 0, 0};
            before.add(record(RecordType.X86_PV_INFO, context, body));
        }
        if (machine != (narrow ? Elf.EM_386 : Elf.EM_X86_64))
            before.add(record(RecordType.CORE_MACHINE, context, u64(machine)));
        Optional<ElfSection> shared = file.find(".xen_shared_info");
        if (log.isEmpty()) layout(notes, prstatus, shared, narrow, machine, context);
        MemorySegment contexts = read(prstatus);
        before.add(
                record(RecordType.CORE_CONTEXTS, context, contexts.toArray(ValueLayout.JAVA_BYTE)));
        if (shared.isPresent()) {
            byte[] page = file.readSection(shared.get()).toArray(ValueLayout.JAVA_BYTE);
            before.add(record(RecordType.CORE_SHARED_INFO, context, page));
            if (pv && page.length == PageBatch.PAGE_SIZE)
                after.add(record(RecordType.SHARED_INFO, context, page));
        }
        if (pv) vcpus(contexts, context);
        after.add(record(RecordType.END, context, new byte[0]));
        after.add(
                new StreamEnd(
                        file.length(), StreamEnd.Ending.COMPLETE, ByteRun.of(MemorySegment.NULL)));
    }

    /** Passes on where everything stands, if it is not where Xen has it. */
    private void layout(
            MemorySegment notes,
            ElfSection prstatus,
            Optional<ElfSection> shared,
            boolean narrow,
            int machine,
            RecordContext context)
            throws IOException {
        long vcpus = XenNotes.header(notes).map(XenNotes.Header::vcpus).orElse(0L);
        int declared = VcpuContexts.lengthOfOne(prstatus.length(), vcpus);
        int usual = narrow ? VcpuContexts.LENGTH_32 : VcpuContexts.LENGTH_64;
        CoreLayout xen =
                CoreLayout.xen(
                        new CoreLayout.Contents(
                                machine,
                                pv,
                                declared == 0 ? usual : declared,
                                notes.byteSize(),
                                prstatus.length(),
                                shared.map(ElfSection::length).orElse(0L),
                                pages.length(),
                                frames.length()));
        Map<Integer, Kind> kinds = new HashMap<>();
        kinds.put(file.sections().indexOf(file.require(".note.Xen")), Kind.NOTES);
        kinds.put(file.sections().indexOf(prstatus), Kind.CONTEXTS);
        shared.ifPresent(found -> kinds.put(file.sections().indexOf(found), Kind.SHARED));
        kinds.put(file.sections().indexOf(pages), Kind.PAGES);
        kinds.put(file.sections().indexOf(frames), Kind.MAP);
        try {
            byte[] here = CoreLayout.of(file, kinds).encode();
            if (!Arrays.equals(here, xen.encode()))
                before.add(record(RecordType.CORE_LAYOUT, context, here));
        } catch (CoreLayout.Unkept e) {
            before.add(record(RecordType.CORE_LAYOUT, context, e.body()));
        }
    }

    private void vcpus(MemorySegment contexts, RecordContext context) {
        int length = context.guestWidth() == 4 ? VcpuContexts.LENGTH_32 : VcpuContexts.LENGTH_64;
        for (int id = 0; (id + 1L) * length <= contexts.byteSize(); id++) {
            byte[] body = new byte[8 + length];
            MemorySegment to = MemorySegment.ofArray(body);
            to.set(Elf.U32, 0, id);
            MemorySegment.copy(contexts, (long) id * length, to, 8, length);
            after.add(record(RecordType.X86_PV_VCPU_BASIC, context, body));
        }
    }

    private static RecordFrame record(RecordType type, RecordContext context, byte[] body) {
        return RecordFrame.of(type, context, MemorySegment.ofArray(body));
    }

    private LimitExceeded tooLong(ElfSection section) {
        return new LimitExceeded(
                Fault.in(source.name())
                        .at(section.offset())
                        .element("section " + section.name())
                        .field("sh_size")
                        .expected("at most 0x" + Long.toHexString(RecordFrame.BODY_LENGTH_MAX))
                        .found(section.length()));
    }

    private MemorySegment read(ElfSection section) throws IOException {
        MemorySegment bytes =
                Arena.ofAuto()
                        .allocate(Math.max(1, section.length()), 8)
                        .asSlice(0, section.length());
        file.read(section.offset(), bytes);
        return bytes;
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public ImageFormat format() {
        return format;
    }

    @Override
    public Progress progress() {
        return new Progress(
                Math.min(next, count) * PageBatch.PAGE_SIZE,
                OptionalLong.of(count * PageBatch.PAGE_SIZE));
    }

    @Override
    public Optional<FileChannel> file() {
        return source.file();
    }

    @Override
    public Optional<RandomAccessBytes> byPosition() throws IOException {
        return source.byPosition();
    }

    @Override
    public boolean advance(ImageSink sink) throws IOException {
        ImageElement first = before.poll();
        if (first == null) {
            while (ready.isEmpty() && next < count) batch();
            if (ready.isEmpty() && invalid > 0) invalid(MemorySegment.NULL);
            if (ready.isEmpty() && log.isEmpty()) rest();
            first = ready.poll();
        }
        if (first == null) first = after.poll();
        if (first == null) return false;
        sink.accept(first);
        return true;
    }

    /** Makes elements of some pages and of the entries that they had. */
    private void batch() throws IOException {
        int here = (int) Math.min(BATCH, count - next);
        MemorySegment table = Arena.ofAuto().allocate((long) here * width, 8);
        file.read(frames.offset() + next * width, table);
        for (int from = 0; from < here; ) {
            boolean valid = valid(table, from);
            int to = from + 1;
            while (to < here && valid(table, to) == valid) to++;
            MemorySegment run = table.asSlice((long) from * width, (long) (to - from) * width);
            if (valid) pages(run, next + from);
            else invalid(run, next + from);
            from = to;
        }
        next += here;
    }

    /** Whether an entry names a page; one that can be of no guest is damage. */
    private boolean valid(MemorySegment table, int entry) throws CorruptImage {
        long pfn = table.get(Elf.U64, (long) entry * width);
        if (pfn == INVALID) return false;
        if (pfn >= 0 && pfn <= PageBatch.PFN_MASK) return true;
        if (log.isPresent()) return false;
        throw new CorruptImage(
                Fault.in(source.name())
                        .at(frames.offset() + (next + entry) * width)
                        .element("section " + frames.name())
                        .field("pfn")
                        .expected(
                                "at most 0x%x, or all ones for no page"
                                        .formatted(PageBatch.PFN_MASK))
                        .found(pfn)
                        .remedy("the map is damaged; xenimage salvage recovers the other pages"));
    }

    private void pages(MemorySegment table, long number) throws IOException {
        if (invalid > 0) invalid(MemorySegment.NULL);
        int valid = (int) (table.byteSize() / width);
        long[] entries = new long[valid];
        for (int i = 0; i < valid; i++) entries[i] = table.get(Elf.U64, (long) i * width);
        MemorySegment data = Arena.ofAuto().allocate((long) valid * PageBatch.PAGE_SIZE, 4096);
        long offset = pages.offset() + number * PageBatch.PAGE_SIZE;
        file.read(offset, data);
        ready.add(PageBatch.of(ByteOrder.LITTLE_ENDIAN, entries, data, offset));
        if (pv)
            ready.add(
                    record(
                            RecordType.CORE_FRAMES,
                            RecordContext.X86_64,
                            table.toArray(ValueLayout.JAVA_BYTE)));
    }

    /** Handles entries without a page: counts them, or keeps the contents at their places. */
    private void invalid(MemorySegment table, long number) throws IOException {
        long entries = table.byteSize() / width;
        if (log.isPresent()) {
            for (long i = 0; i < entries; i++) {
                long pfn = table.get(Elf.U64, i * width);
                if (pfn != INVALID)
                    log.get()
                            .lost(
                                    pages.offset() + (number + i) * PageBatch.PAGE_SIZE,
                                    PageBatch.PAGE_SIZE,
                                    "a page with the impossible PFN 0x%x".formatted(pfn));
            }
            return;
        }
        MemorySegment data = Arena.ofAuto().allocate(entries * PageBatch.PAGE_SIZE, 8);
        file.read(pages.offset() + number * PageBatch.PAGE_SIZE, data);
        boolean plain = all(table, (byte) -1) && all(data, (byte) 0);
        if (plain) {
            invalid += entries;
            return;
        }
        if (invalid > 0) invalid(MemorySegment.NULL);
        invalid = entries;
        invalid(data);
        if (!all(table, (byte) -1))
            ready.add(
                    record(
                            RecordType.CORE_FRAMES,
                            RecordContext.X86_64,
                            table.toArray(ValueLayout.JAVA_BYTE)));
    }

    private void invalid(MemorySegment contents) {
        byte[] body = Arrays.copyOf(u64(invalid), (int) (8 + contents.byteSize()));
        MemorySegment.copy(contents, ValueLayout.JAVA_BYTE, 0, body, 8, (int) contents.byteSize());
        invalid = 0;
        ready.add(record(RecordType.CORE_INVALID, RecordContext.X86_64, body));
    }

    private static boolean all(MemorySegment bytes, byte value) {
        for (long at = 0; at < bytes.byteSize(); at++)
            if (bytes.get(ValueLayout.JAVA_BYTE, at) != value) return false;
        return true;
    }

    /** Passes on, piece by piece, what is only in the map or only in the pages. */
    private void rest() throws IOException {
        long piece = (long) BATCH * PageBatch.PAGE_SIZE;
        long behindPages = rest - unplaced();
        if (rest < unplaced()) {
            rest(
                    RecordType.CORE_UNPLACED,
                    pages.end() - unplaced() + rest,
                    Math.min(piece, unplaced() - rest));
        } else if (behindPages < unbacked()) {
            rest(
                    RecordType.CORE_UNBACKED,
                    frames.end() - unbacked() + behindPages,
                    Math.min(piece, unbacked() - behindPages));
        }
    }

    private void rest(RecordType type, long offset, long length) throws IOException {
        MemorySegment bytes = Arena.ofAuto().allocate(length, 8);
        file.read(offset, bytes);
        rest += length;
        ready.add(record(type, RecordContext.X86_64, bytes.toArray(ValueLayout.JAVA_BYTE)));
    }

    private static byte[] u64(long value) {
        byte[] body = new byte[8];
        MemorySegment.ofArray(body).set(Elf.U64, 0, value);
        return body;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
