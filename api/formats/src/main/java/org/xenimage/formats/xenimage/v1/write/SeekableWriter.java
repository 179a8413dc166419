package org.xenimage.formats.xenimage.v1.write;

import org.xenimage.formats.core.CoreFrames;
import org.xenimage.formats.core.CoreView;
import org.xenimage.formats.core.GuestFacts;
import org.xenimage.formats.core.PageRuns;
import org.xenimage.formats.core.PageSpace;
import org.xenimage.formats.core.PageStore;
import org.xenimage.formats.core.Spill;
import org.xenimage.formats.core.XenNotes;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.elf.SectionTable;
import org.xenimage.formats.elf.Segment;
import org.xenimage.formats.xenimage.v1.Capabilities;
import org.xenimage.formats.xenimage.v1.Ident;
import org.xenimage.formats.xenimage.v1.Identification;
import org.xenimage.formats.xenimage.v1.LayoutNote;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.StreamFormat;
import org.xenimage.formats.xenimage.v1.SumTable;
import org.xenimage.formats.xenimage.v1.Trailer;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.chunk.ChunkRun;
import org.xenimage.formats.xenimage.v1.read.NativeExtras;
import org.xenimage.formats.xenimage.v1.seal.ContentDigest;
import org.xenimage.formats.xenimage.v1.seal.ProvenanceChain;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.record.Layer;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes the seekable form (section 7).
 *
 * <p>Pages go to their place in the file as they come; the stream without them goes to a file
 * without a name, and after the pages in the end. Compressed pages wait in a file without a name
 * too. The ELF header is written last, so that a file that was not finished is not an image.
 * Memory: that of {@link PageStore}, 24 bytes for each MiB, and the elements for the core view.
 */
public final class SeekableWriter implements ImageWriter {
    private static final long FRONT_COMPRESSED = 4096;

    private final ByteSink sink;
    private final FileChannel file;
    private final WriteOptions options;
    private final Chunk.WriteChoice choice;
    private final NativeExtras extras;
    private final GuestFacts facts = new GuestFacts();
    private final CoreFrames frames = new CoreFrames();
    private List<String> remarks = List.of();
    private final ContentDigest digest = new ContentDigest();
    private final SumTable sums = new SumTable();
    private Optional<Parts> parts = Optional.empty();
    private boolean ended;

    /** What is open once the first element came. */
    private record Parts(
            ImageWriter inner,
            SkeletonSink literal,
            Spill skeleton,
            Spill recipe,
            Optional<PackedPages> packed,
            PageStore pages) {}

    public SeekableWriter(ByteSink sink, FileChannel file, WriteOptions options) {
        this.sink = sink;
        this.file = file;
        this.options = options;
        this.extras = NativeExtras.of(options);
        this.choice =
                new Chunk.WriteChoice(
                        extras.zstd(options.compression(), Ident.Form.SEEKABLE),
                        options.level(),
                        extras.cipher(options));
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        facts.observe(element);
        frames.observe(element);
        Parts open = parts.isPresent() ? parts.get() : open(element);
        open.pages().observe(element);
        if (element instanceof PageBatch batch && wellFormed(batch)) pages(open, batch);
        else open.inner().accept(element);
    }

    private Parts open(ImageElement first) throws IOException {
        var layer =
                facts.outermostLayer().orElseThrow(() -> new IllegalStateException(first.label()));
        Spill skeleton = new Spill();
        var literal = new SkeletonSink(sink.name(), skeleton, digest);
        Optional<PackedPages> packed =
                choice.packed() ? Optional.of(new PackedPages(choice)) : Optional.empty();
        PageSpace space =
                packed.isPresent() ? packed.get() : PageSpace.within(file, Native.PAGES_OFFSET);
        var made =
                new Parts(
                        StreamFormat.writer(layer, literal),
                        literal,
                        skeleton,
                        new Spill(),
                        packed,
                        new PageStore(space));
        parts = Optional.of(made);
        return made;
    }

    /**
     * Whether contents can be separated from the rest of the record; otherwise the record is stored
     * as a whole.
     */
    private static boolean wellFormed(PageBatch batch) throws IOException {
        try {
            batch.dataCount();
            return true;
        } catch (CorruptImage e) {
            return false;
        }
    }

    private void pages(Parts open, PageBatch batch) throws IOException {
        int count = batch.count();
        open.literal().write(batch.bytes().first(PageBatch.FIXED_LENGTH + 8L * count));
        digest.updateShared(batch.data());
        step(open, count, batch.dataCount());
        open.pages().accept(batch);
        digest.settle();
    }

    private boolean partial() {
        return options.metadata().containsKey(Container.PARTIAL)
                || extras.metadata().has(Container.PARTIAL);
    }

    private static void step(Parts open, int entries, int contents) throws IOException {
        MemorySegment step = MemorySegment.ofArray(new byte[Native.STEP_LENGTH]);
        step.set(Elf.U64, 0, open.literal().takeLiteral());
        step.set(Elf.U32, 8, entries);
        step.set(Elf.U32, 12, contents);
        open.recipe().append(step);
    }

    @Override
    public void end() throws IOException {
        if (ended) return;
        ended = true;
        Parts open =
                parts.orElseThrow(() -> new IOException(sink.name() + ": no element was written"));
        open.inner().end();
        step(open, 0, 0);
        open.skeleton().flush();
        open.recipe().flush();
        open.pages().finish();
        if (open.packed().isPresent()) open.packed().get().finish(open.pages().runs().pages());
        Optional<Spill> earlier = open.pages().earlier();
        if (earlier.isPresent()) earlier.get().flush();
        new Finish(open).write();
    }

    @Override
    public List<String> remarks() {
        return remarks;
    }

    @Override
    public void close() throws IOException {
        frames.close();
        digest.close();
        if (parts.isPresent()) {
            Parts open = parts.get();
            open.pages().close();
            open.skeleton().close();
            open.recipe().close();
            if (open.packed().isPresent()) open.packed().get().close();
        }
        sink.close();
    }

    /** Takes the bytes that are not contents. */
    private static final class SkeletonSink implements ByteSink {
        private final String name;
        private final Spill skeleton;
        private final ContentDigest digest;
        private long literal;

        SkeletonSink(String name, Spill skeleton, ContentDigest digest) {
            this.name = name;
            this.skeleton = skeleton;
            this.digest = digest;
        }

        long takeLiteral() {
            long taken = literal;
            literal = 0;
            return taken;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public long position() {
            return digest.length();
        }

        @Override
        public void write(MemorySegment... segments) throws IOException {
            for (MemorySegment bytes : segments) {
                digest.update(bytes);
                skeleton.append(bytes);
                literal += bytes.byteSize();
            }
        }

        @Override
        public void close() {}
    }

    /** Writes everything after the pages, then everything before them. */
    private final class Finish {
        private final Parts open;
        private final PageRuns runs;
        private final List<ElfSection> sections = new ArrayList<>();
        private long position;

        /** Where in the notes the note LAYOUT begins. */
        private long layoutAt;

        Finish(Parts open) {
            this.open = open;
            this.runs = open.pages().runs();
        }

        void write() throws IOException {
            byte[] contentDigest = digest.finish();
            boolean core = !choice.packed();
            boolean readable = choice.cipher().isEmpty();
            CoreView view =
                    CoreView.of(facts, frames, open.pages(), core ? Native.PAGES_OFFSET : 0);
            Ident ident =
                    Identification.of(
                                    facts,
                                    Ident.Form.SEEKABLE,
                                    digest.length(),
                                    open.pages().contents())
                            .withPartial(partial());
            List<NativeExtras.Part> others = extras.written(options, choice);
            List<Statement> chain =
                    extras.chainWith(options, contentDigest, digest.length(), others);
            List<Note> own = new ArrayList<>();
            own.add(ident.note());
            own.add(capabilities(core).withSections(extras.mandatory(others)).note());
            layoutAt = Note.encode(own).length;
            own.add(LayoutNote.placeholder());
            own.add(
                    Note.of(
                            Native.OWNER,
                            Native.NOTE_DIGEST,
                            ContentDigest.descriptor(digest.length(), contentDigest)));
            choice.cipher().ifPresent(cipher -> own.add(cipher.keys()));
            byte[] notes = Note.encode(own);
            long front = core ? Native.PAGES_OFFSET : FRONT_COMPRESSED;
            List<Segment> segments = core ? segments(view) : List.of();
            int capacity =
                    (int) ((front - Elf.HEADER_LENGTH - notes.length - 4) / Elf.SEGMENT_LENGTH) - 1;
            // a first copy that does not hold all has what tells where each page stands
            List<Segment> first =
                    segments.size() <= capacity
                            ? segments
                            : view.direct().subList(0, Math.min(capacity, view.direct().size()));
            if (core) remarks = view.remarks();
            long pagesLength = runs.pages() * Native.PAGE;
            position = front + (core ? pagesLength : 0);

            int contexts = readable ? view.vcpus().count() : 0;
            byte[] xen = XenNotes.of(facts, contexts, runs.pages(), options.metadata());
            add(".note.Xen", Elf.SHT_NOTE, 4, 0, MemorySegment.ofArray(xen));
            if (readable) state(view);
            int pagesAt = sections.size();
            if (core) pages(front, pagesLength);
            pfns();
            MemorySegment noteBytes = MemorySegment.ofArray(notes);
            int total = first.size() + 1;
            long notesOffset =
                    Native.aligned(Elf.HEADER_LENGTH + (long) total * Elf.SEGMENT_LENGTH, 4);
            sections.add(
                    new ElfSection(Native.NOTES, Elf.SHT_NOTE, notesOffset, notes.length, 4, 0));
            var metadata =
                    MetadataText.of(
                            extras.metadata(),
                            facts,
                            options.metadata(),
                            view.vmcoreinfo().flatMap(v -> v.value("OSRELEASE")),
                            remarks);
            List<Note> beside = new ArrayList<>();
            beside.add(MetadataText.note(metadata));
            beside.addAll(extras.notes());
            notes(Native.METADATA, beside);
            if (!chain.isEmpty()) notes(Native.CHAIN, ProvenanceChain.notes(chain));
            add(
                    Native.VMCORE_NOTES,
                    Elf.SHT_NOTE,
                    4,
                    0,
                    MemorySegment.ofArray(readable ? view.notes(partial()) : new byte[0]));
            ElfSection vmcore = sections.getLast();
            spilled(
                    Native.SKELETON,
                    open.skeleton(),
                    open.skeleton().length(),
                    8,
                    0,
                    choice.packed());
            spilled(
                    Native.RECIPE,
                    open.recipe(),
                    open.recipe().length(),
                    8,
                    Native.STEP_LENGTH,
                    false);
            if (!core) {
                int before = sections.size();
                compressed();
                List<ElfSection> made = sections.subList(before, sections.size());
                List<ElfSection> copy = List.copyOf(made);
                made.clear();
                sections.addAll(pagesAt, copy);
            }
            Optional<Spill> earlier = open.pages().earlier();
            if (earlier.isPresent()) {
                spilled(
                        Native.EARLIER,
                        earlier.get(),
                        earlier.get().length(),
                        Native.PAGE,
                        Native.PAGE,
                        choice.packed());
                spilled(
                        Native.WHERE,
                        open.pages().where().orElseThrow(),
                        open.pages().contents() * 8,
                        8,
                        8,
                        false);
            }
            for (NativeExtras.Part part : others) copy(part);
            if (extras.chunks().isPresent()) copy(extras.chunks().get());
            tables(segments, first, vmcore, noteBytes, notesOffset, ident.machine());
        }

        /** The state of the vCPUs, which is as secret as the pages. */
        private void state(CoreView view) throws IOException {
            byte[] vcpus = view.vcpus().bytes();
            long each = vcpus.length == 0 ? 0 : vcpus.length / view.vcpus().count();
            add(".xen_prstatus", Elf.SHT_PROGBITS, 8, each, MemorySegment.ofArray(vcpus));
            if (facts.sharedInfo().byteSize() > 0) {
                add(".xen_shared_info", Elf.SHT_PROGBITS, 8, Native.PAGE, facts.sharedInfo());
            }
        }

        private void notes(String name, List<Note> notes) throws IOException {
            add(name, Elf.SHT_NOTE, 4, 0, MemorySegment.ofArray(Note.encode(notes)));
        }

        private Capabilities capabilities(boolean core) {
            Capabilities all = Capabilities.none();
            if (partial()) all = all.with(Capabilities.PARTIAL, true);
            if (choice.zstd()) all = all.with(Capabilities.ZSTD, true);
            if (choice.cipher().isPresent()) all = all.with(Capabilities.ENCRYPTED, true);
            if (open.pages().earlier().isPresent()) all = all.with(Capabilities.ROUNDS, true);
            if (facts.checkpoints()) all = all.with(Capabilities.CHECKPOINTS, false);
            if (core) all = all.with(Capabilities.CORE, false);
            if (facts.outermostLayer().equals(Optional.of(Layer.LIBVIRT)))
                all = all.with(Capabilities.LIBVIRT, true);
            if (facts.outermostLayer().equals(Optional.of(Layer.XENOPSD)))
                all = all.with(Capabilities.XENOPSD, true);
            if (facts.core()) all = all.with(Capabilities.DUMP_CORE, false);
            return all.withUnknown(extras.capabilities());
        }

        /** All segments in the order of the specification. */
        private static List<Segment> segments(CoreView view) {
            List<Segment> all = new ArrayList<>(view.others());
            all.addAll(view.image());
            all.addAll(view.direct());
            return all;
        }

        private void place(long alignment) {
            position = Native.aligned(position, alignment);
        }

        private void add(String name, int type, long alignment, long entry, MemorySegment bytes)
                throws IOException {
            place(alignment);
            Spill.writeAt(file, position, bytes);
            sums.add(position, bytes);
            sections.add(new ElfSection(name, type, position, bytes.byteSize(), alignment, entry));
            position += bytes.byteSize();
        }

        private void pages(long front, long length) throws IOException {
            for (long at = 0; at < length; at += Native.PIECE) {
                int piece = (int) (at / Native.PIECE);
                sums.add(
                        front + at,
                        Math.min(Native.PIECE, length - at),
                        open.pages().crc(piece),
                        open.pages().isZero(piece));
            }
            sections.add(
                    new ElfSection(
                            ".xen_pages",
                            Elf.SHT_PROGBITS,
                            front,
                            length,
                            Native.PAGE,
                            Native.PAGE));
        }

        private void compressed() throws IOException {
            List<Long> offsets = new ArrayList<>();
            place(8);
            long start = position;
            MemorySegment buffer = Arena.ofAuto().allocate(2L * Native.PIECE, 64);
            open.packed()
                    .orElseThrow()
                    .chunks(
                            runs.pages(),
                            (from, offset, length) -> {
                                MemorySegment chunk = buffer.asSlice(0, length);
                                from.read(offset, chunk);
                                offsets.add(position);
                                append(chunk);
                            });
            ended(Native.PAGES_COMPRESSED, start);
            MemorySegment index = MemorySegment.ofArray(new byte[8 * offsets.size()]);
            for (int i = 0; i < offsets.size(); i++) index.set(Elf.U64, 8L * i, offsets.get(i));
            add(Native.INDEX, Elf.SHT_PROGBITS, 8, 8, index);
        }

        private void append(MemorySegment chunk) throws IOException {
            Spill.writeAt(file, position, chunk);
            position += chunk.byteSize();
        }

        /** Ends a section of chunks. */
        private void ended(String name, long start) throws IOException {
            append(Chunk.encode(Chunk.END, MemorySegment.NULL));
            sections.add(new ElfSection(name, Elf.SHT_PROGBITS, start, position - start, 8, 0));
        }

        private void chunks(String name, Spill from, long length) throws IOException {
            place(8);
            long start = position;
            try (var run = new ChunkRun(choice, name, this::append)) {
                for (long at = 0; at < length; at += Native.PIECE) {
                    int bytes = (int) Math.min(Native.PIECE, length - at);
                    from.read(at, run.input().asSlice(0, bytes));
                    run.submit(at, bytes);
                }
                run.flush();
            }
            ended(name, start);
        }

        private void spilled(
                String name, Spill from, long length, long alignment, long entry, boolean packed)
                throws IOException {
            if (packed) {
                chunks(name + Native.COMPRESSED, from, length);
                return;
            }
            copy(
                    new NativeExtras.Part(
                            name, Elf.SHT_PROGBITS, alignment, entry, length, from::read));
        }

        private void copy(NativeExtras.Part part) throws IOException {
            place(part.alignment());
            long start = position;
            long length = part.length();
            MemorySegment buffer = Arena.ofAuto().allocate(Native.PIECE, 64);
            for (long at = 0; at < length; at += Native.PIECE) {
                MemorySegment piece = buffer.asSlice(0, Math.min(Native.PIECE, length - at));
                part.content().read(at, piece);
                boolean zero = Chunk.isZero(piece);
                if (!zero) Spill.writeAt(file, position, piece);
                sums.add(position, piece.byteSize(), SumTable.crc(piece), zero);
                position += piece.byteSize();
            }
            sections.add(
                    new ElfSection(
                            part.name(),
                            part.type(),
                            start,
                            length,
                            part.alignment(),
                            part.entryLength()));
        }

        private void pfns() throws IOException {
            boolean p2m = facts.pv();
            long width = p2m ? 16 : 8;
            place(8);
            long start = position;
            MemorySegment buffer = Arena.ofAuto().allocate(Native.PIECE, 64);
            long at = 0;
            for (int run = 0; run < runs.runs(); run++) {
                for (long pfn = runs.first(run); pfn < runs.first(run) + runs.count(run); pfn++) {
                    buffer.set(Elf.U64, at, pfn);
                    if (p2m) buffer.set(Elf.U64, at + 8, frames.mfn(pfn));
                    at += width;
                    if (at < Native.PIECE) continue;
                    flush(buffer);
                    at = 0;
                }
            }
            flush(buffer.asSlice(0, at));
            sections.add(
                    new ElfSection(
                            p2m ? ".xen_p2m" : ".xen_pfn",
                            Elf.SHT_PROGBITS,
                            start,
                            position - start,
                            8,
                            width));
        }

        private void flush(MemorySegment bytes) throws IOException {
            Spill.writeAt(file, position, bytes);
            sums.add(position, bytes);
            position += bytes.byteSize();
        }

        private void tables(
                List<Segment> segments,
                List<Segment> first,
                ElfSection vmcore,
                MemorySegment notes,
                long notesOffset,
                int machine)
                throws IOException {
            var note = Segment.notes(vmcore.offset(), vmcore.length());
            MemorySegment programHeaders = Segment.encode(note, segments);
            MemorySegment firstCopy = Segment.encode(note, first);
            int count = segments.size() + 1;

            List<String> names = new ArrayList<>();
            names.add(".shstrtab");
            for (ElfSection section : sections) names.add(section.name());
            names.add(Native.SUMS);
            MemorySegment stringTable = MemorySegment.ofArray(SectionTable.names(names));
            Spill.writeAt(file, position, stringTable);
            sums.add(position, stringTable);
            sections.addFirst(
                    new ElfSection(
                            ".shstrtab", Elf.SHT_STRTAB, position, stringTable.byteSize(), 1, 0));
            position += stringTable.byteSize();

            place(8);
            long second = position;
            Spill.writeAt(file, second, programHeaders);
            sums.add(second, programHeaders);
            Spill.writeAt(file, Elf.HEADER_LENGTH, firstCopy);
            sums.add(Elf.HEADER_LENGTH, firstCopy);
            LayoutNote.fill(notes, layoutAt, sections);
            Spill.writeAt(file, notesOffset, notes);
            sums.add(notesOffset, notes);
            position += programHeaders.byteSize();
            place(8);
            long table = position;
            int sectionCount = sections.size() + 2;
            position += (long) sectionCount * Elf.SECTION_LENGTH;

            // the sums of the section headers and of the ELF header are still to come
            long sumsLength = sums.length() + 2L * Native.SUM_LENGTH;
            sections.add(
                    new ElfSection(
                            Native.SUMS,
                            Elf.SHT_PROGBITS,
                            position,
                            sumsLength,
                            8,
                            Native.SUM_LENGTH));
            MemorySegment headers = SectionTable.encode(SectionTable.first(count), sections);
            Spill.writeAt(file, table, headers);
            sums.add(table, headers);
            MemorySegment elf =
                    ElfHeader.core(machine)
                            .withEntry(Native.MAGIC)
                            .withSegments(second, count)
                            .withSections(table, sectionCount, 1)
                            .encode();
            sums.add(0, elf);
            byte[] sumBytes = sums.encode();
            Spill.writeAt(file, position, MemorySegment.ofArray(sumBytes));
            long sumsOffset = position;
            position += sumBytes.length;
            Spill.writeAt(file, position, Trailer.encode(sumsOffset, sumBytes, table));
            Spill.writeAt(file, 0, elf);
        }
    }
}
