package org.xenimage.formats.dumpcore;

import org.xenimage.formats.core.CoreRecords;
import org.xenimage.formats.core.VcpuContexts;
import org.xenimage.formats.core.XenNotes;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.elf.Section;
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
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A dump-core as the elements of a libxc stream: headers, records of what it has, pages of type NOTAB, END. What no
 * record of Xen holds goes in {@link CoreRecords}, so that a dump-core can be made again byte for byte.
 *
 * <p>Memory: one batch of pages.
 */
final class DumpCoreReader implements ImageReader {
    private static final int BATCH = 1024;
    private static final long INVALID = -1;

    private final ImageFormat format;
    private final ByteSource source;
    private final ElfFile file;
    private final boolean pv;
    private final Section frames;
    private final int width;
    private final Section pages;
    private final long count;
    private final Deque<ImageElement> before = new ArrayDeque<>();
    private final Deque<ImageElement> after = new ArrayDeque<>();
    private long next;
    private long lastPfn = -1;
    private long invalid;
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
        long whole = Math.min(pages.length() / PageBatch.PAGE_SIZE, frames.length() / width);
        this.count = log.isPresent() ? Math.min(header.pages(), whole) : header.pages();
        if (log.isPresent()) {
            if (count >= 0 && count == header.pages()) return;
            log.get()
                    .lost(
                            pages.offset() + Math.max(0, count) * PageBatch.PAGE_SIZE,
                            Math.max(0, pages.length() - count * PageBatch.PAGE_SIZE),
                            "%d of %d pages: their contents, or the table of PFNs behind them"
                                    .formatted(header.pages() - count, header.pages()));
            return;
        }
        if (count < 0
                || pages.length() / PageBatch.PAGE_SIZE != count
                || frames.length() / width != count) {
            throw new CorruptImage(
                    Fault.in(source.name())
                            .element("note HEADER")
                            .field("xch_nr_pages")
                            .expected(
                                    "%d, the pages of .xen_pages, and %d, the entries of %s"
                                            .formatted(
                                                    pages.length() / PageBatch.PAGE_SIZE,
                                                    frames.length() / width,
                                                    frames.name()))
                            .found(Long.toString(count))
                            .remedy("the file is damaged"));
        }
    }

    /** What the notes say. */
    private record Header(long magic, long vcpus, long pages, long major, long minor) {}

    static DumpCoreReader open(ImageFormat format, ByteSource source, FileChannel channel)
            throws IOException {
        return open(format, source, ElfFile.open(source.name(), channel), Optional.empty());
    }

    /** Opens a file that may be cut short or damaged; the reader hands out what is whole. */
    static DumpCoreReader salvage(
            ImageFormat format, ByteSource source, FileChannel channel, SalvageLog log)
            throws IOException {
        ElfFile file = ElfFile.openCut(source.name(), channel, DumpCoreReader::name);
        return open(format, source, file, Optional.of(log));
    }

    private static DumpCoreReader open(
            ImageFormat format, ByteSource source, ElfFile file, Optional<SalvageLog> log)
            throws IOException {
        Section notes = file.require(".note.Xen");
        Fault place = Fault.in(source.name()).at(notes.offset()).element("section .note.Xen");
        MemorySegment bytes = file.whole(notes);
        Header header = header(bytes, place);
        var reader = new DumpCoreReader(format, source, file, header, log);
        reader.prepare(header, bytes);
        return reader;
    }

    /** The name of a section by its shape; the names stand at the end of a dump-core. */
    private static String name(Section unnamed) {
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
        boolean narrow = Short.toUnsignedInt(file.header().get(Elf.U16, 18)) == Elf.EM_386;
        var context = new RecordContext(ByteOrder.LITTLE_ENDIAN, pv && narrow ? 4 : 8);
        if (pv) {
            byte[] body = {(byte) (narrow ? 4 : 8), (byte) (narrow ? 3 : 4), 0, 0, 0, 0, 0, 0};
            before.add(record(RecordType.X86_PV_INFO, context, body));
        }
        before.add(record(CoreRecords.NOTES, context, notes.toArray(ValueLayout.JAVA_BYTE)));
        Section prstatus = file.require(".xen_prstatus");
        if (prstatus.length() > RecordFrame.BODY_LENGTH_MAX) throw tooLong(prstatus);
        MemorySegment contexts = read(prstatus);
        before.add(record(CoreRecords.CONTEXTS, context, contexts.toArray(ValueLayout.JAVA_BYTE)));
        Optional<Section> shared = file.find(".xen_shared_info");
        if (shared.isPresent()) {
            byte[] page = file.whole(shared.get()).toArray(ValueLayout.JAVA_BYTE);
            before.add(record(CoreRecords.SHARED_INFO, context, page));
            if (pv && page.length == PageBatch.PAGE_SIZE)
                after.add(record(RecordType.SHARED_INFO, context, page));
        }
        if (pv) vcpus(contexts, context);
        after.add(record(RecordType.END, context, new byte[0]));
        after.add(
                new StreamEnd(
                        file.length(), StreamEnd.Ending.COMPLETE, ByteRun.of(MemorySegment.NULL)));
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

    private LimitExceeded tooLong(Section section) {
        return new LimitExceeded(
                Fault.in(source.name())
                        .at(section.offset())
                        .element("section " + section.name())
                        .field("sh_size")
                        .expected("at most 0x" + Long.toHexString(RecordFrame.BODY_LENGTH_MAX))
                        .found(section.length()));
    }

    private MemorySegment read(Section section) throws IOException {
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
        if (first != null) {
            sink.accept(first);
            return true;
        }
        if (next < count) {
            try {
                batch(sink);
            } catch (CorruptImage e) {
                if (log.isEmpty()) throw e;
                log.get().lost(0, 0, "the pages that follow: " + e.fault().message());
                next = count;
                invalid = 0;
            }
            return true;
        }
        if (invalid > 0) {
            byte[] body = new byte[8];
            MemorySegment.ofArray(body).set(Elf.U64, 0, invalid);
            invalid = 0;
            sink.accept(record(CoreRecords.INVALID, RecordContext.X86_64, body));
            return true;
        }
        ImageElement last = after.poll();
        if (last == null) return false;
        sink.accept(last);
        return true;
    }

    /** Hands out a batch of pages, and the frames that they had. */
    private void batch(ImageSink sink) throws IOException {
        int here = (int) Math.min(BATCH, count - next);
        MemorySegment table = Arena.ofAuto().allocate((long) here * width, 8);
        file.read(frames.offset() + next * width, table);
        int valid = 0;
        long[] entries = new long[here];
        MemorySegment gmfns = Arena.ofAuto().allocate(8L * here, 8);
        for (; valid < here; valid++) {
            long pfn = table.get(Elf.U64, (long) valid * width);
            if (pfn == INVALID) break;
            if (pfn <= lastPfn || pfn > PageBatch.PFN_MASK) {
                throw new CorruptImage(
                        Fault.in(source.name())
                                .at(frames.offset() + (next + valid) * width)
                                .element("section " + frames.name())
                                .field("pfn")
                                .expected("above 0x%x, or all ones at the end".formatted(lastPfn))
                                .found(pfn));
            }
            lastPfn = pfn;
            entries[valid] = pfn;
            if (pv) gmfns.set(Elf.U64, 8L * valid, table.get(Elf.U64, (long) valid * width + 8));
        }
        if (valid < here) {
            invalid = count - next - valid;
            next = count;
        } else {
            next += here;
        }
        if (valid == 0) return;
        MemorySegment data = Arena.ofAuto().allocate((long) valid * PageBatch.PAGE_SIZE, 4096);
        long number = (next == count && invalid > 0 ? count - invalid : next) - valid;
        file.read(pages.offset() + number * PageBatch.PAGE_SIZE, data);
        sink.accept(
                PageBatch.of(
                        ByteOrder.LITTLE_ENDIAN,
                        java.util.Arrays.copyOf(entries, valid),
                        data,
                        pages.offset() + number * PageBatch.PAGE_SIZE));
        if (pv) {
            byte[] body = gmfns.asSlice(0, 8L * valid).toArray(ValueLayout.JAVA_BYTE);
            sink.accept(record(CoreRecords.GMFNS, RecordContext.X86_64, body));
        }
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
