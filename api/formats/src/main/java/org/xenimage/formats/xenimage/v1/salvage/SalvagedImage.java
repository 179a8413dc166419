package org.xenimage.formats.xenimage.v1.salvage;

import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.salvage.EnclosingImage;
import org.xenimage.formats.salvage.SparseBytes;
import org.xenimage.formats.salvage.StreamSalvage;
import org.xenimage.formats.xenimage.v1.Capabilities;
import org.xenimage.formats.xenimage.v1.Ident;
import org.xenimage.formats.xenimage.v1.LayoutNote;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.PageNumbers;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.read.NativeExtras;
import org.xenimage.formats.xenimage.v1.read.SeekableStream;
import org.xenimage.formats.xenimage.v1.seal.ProvenanceChain;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.page.PfnSet;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.SalvageLog;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * A damaged seekable image: its stream, composed of the intact parts of skeleton and pages, and the
 * pages that the skeleton no longer mentions.
 *
 * <p>Sections are found by their headers, or by the note LAYOUT where those are gone; PFNs by their table, or by the
 * PT_LOADs. Memory: 24 bytes for each MiB, the runs of PFNs, 32 bytes for each step, and a set of PFNs.
 */
public final class SalvagedImage implements SparseBytes, EnclosingImage {
    private static final long FRONT = 2 << 20;
    private static final int BATCH = 256;

    private final ByteSource source;
    private final FileChannel file;
    private final SalvageLog log;
    private final NativeExtras extras;
    private final Optional<Ident> ident;
    private final boolean rounds;
    private final Map<String, ElfSection> sections = new HashMap<>();
    private final SumCheck sums;
    private final SparseBytes skeleton;
    private final SparseBytes pages;
    private final Optional<SparseBytes> where;
    private final Optional<SparseBytes> earlier;
    private final PageNumbers numbers;
    private final SalvagedSteps steps;
    private final PfnSet seen = new PfnSet();
    private final ValueLayout.OfLong entryLayout;

    /** The step whose contents were looked up last, and their places: as in {@link SeekableStream}, or NONE. */
    private int placedStep = -1;

    private long[] places = {};
    private int leftoverRun;
    private long leftoverAt;
    private boolean leftoverTold;

    private static final long NONE = Long.MIN_VALUE;

    private SalvagedImage(
            ByteSource source,
            FileChannel file,
            List<Note> notes,
            NativeExtras extras,
            SalvageLog log)
            throws IOException {
        this.source = source;
        this.file = file;
        this.log = log;
        this.extras = extras;
        this.sums = SumCheck.open(source.name(), file);
        this.ident = SalvagedStream.ident(notes, source.name());
        if (ident.isEmpty()) log.lost(0, Elf.HEADER_LENGTH, "the identification");
        this.rounds = capability(notes, Capabilities.ROUNDS);
        findSections(notes);
        if (!sums.tells())
            log.lost(
                    file.size(),
                    0,
                    "the sums: bytes of sections that are stored as they are cannot be checked");
        this.entryLayout =
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(
                        ident.filter(Ident::bigEndianEntries).isPresent()
                                ? ByteOrder.BIG_ENDIAN
                                : ByteOrder.LITTLE_ENDIAN);
        keepExtras();
        this.skeleton = part(Native.SKELETON).orElse(new Nothing(source.name()));
        this.where = part(Native.WHERE);
        this.earlier = part(Native.EARLIER);
        boolean packed = sections.containsKey(Native.PAGES_COMPRESSED);
        this.pages =
                (packed ? chunks(Native.PAGES_COMPRESSED) : part(".xen_pages"))
                        .orElse(new Nothing(source.name()));
        this.numbers = numbers(packed);
        this.steps = steps();
    }

    public static Optional<ImageReader> open(
            ImageFormat format, ByteSource source, ReadOptions options, SalvageLog log)
            throws IOException {
        Optional<FileChannel> file = source.file();
        if (file.isEmpty()) return Optional.empty();
        List<Note> notes = SalvagedStream.notes(file.get(), FRONT);
        if (notes.isEmpty() && !elf(source.name(), file.get())) return Optional.empty();
        var image =
                new SalvagedImage(
                        source,
                        file.get(),
                        notes,
                        NativeExtras.salvaged(Ident.Form.SEEKABLE, notes, options, source),
                        log);
        return Optional.of(new StreamSalvage(format, image, image, log));
    }

    private static boolean elf(String name, FileChannel file) throws IOException {
        try {
            return ElfFile.open(name, file).find(Native.SKELETON).isPresent();
        } catch (ImageException e) {
            return false;
        }
    }

    /** An absent section. */
    private record Nothing(String name) implements SparseBytes {
        @Override
        public long length() {
            return 0;
        }

        @Override
        public boolean intact(long offset, long bytes) {
            return bytes == 0;
        }

        @Override
        public long nextWhole(long offset) {
            return 0;
        }

        @Override
        public void read(long offset, MemorySegment into) {
            throw new IllegalStateException("there is nothing to read");
        }
    }

    private static boolean capability(List<Note> notes, String name) {
        for (Note note : notes) {
            if (note.type() != Native.NOTE_CAPABILITIES) continue;
            try {
                return Capabilities.decode(note, SectionRegistry.ALL, Fault.in("")).has(name);
            } catch (ImageException e) {
                return true;
            }
        }
        return true;
    }

    private void findSections(List<Note> notes) throws IOException {
        for (Note note : notes) {
            if (note.type() != LayoutNote.TYPE) continue;
            for (ElfSection section : LayoutNote.decode(note))
                sections.putIfAbsent(section.name(), section);
        }
        try {
            ElfFile elf = ElfFile.open(source.name(), file);
            long table = ElfHeader.decode(elf.header()).sections();
            boolean intact =
                    sums.intact(table, (long) elf.sections().size() * Elf.SECTION_LENGTH)
                            && sums.intact(0, Elf.HEADER_LENGTH);
            if (!intact && !sections.isEmpty()) return;
            sections.clear();
            for (ElfSection section : elf.sections()) sections.putIfAbsent(section.name(), section);
        } catch (ImageException e) {
            log.lost(0, 0, "the section headers: " + e.fault().message());
        }
    }

    /** Keeps what this release does not know, as far as the sums say that it is intact. */
    private void keepExtras() throws IOException {
        for (ElfSection section : sections.values()) {
            String name = section.name();
            boolean unknown = section.type() != Elf.SHT_NULL && !Native.knows(name);
            boolean ours = Set.of(Native.CHUNKS, Native.METADATA, Native.CHAIN).contains(name);
            if (!unknown && !ours) continue;
            if (!sums.tells() || !sums.intact(section.offset(), section.length())) {
                log.lost(
                        section.offset(),
                        section.length(),
                        "section %s, which is damaged or cannot be checked".formatted(name));
            } else if (unknown) {
                extras.add(extra(section));
            } else if (name.equals(Native.CHUNKS)) {
                extras.chunks(extra(section));
            } else {
                keepNotes(section);
            }
        }
    }

    private NativeExtras.Part extra(ElfSection section) {
        return new NativeExtras.Part(
                section.name(),
                section.type(),
                section.alignment(),
                section.entryLength(),
                section.length(),
                (at, into) -> Spill.readAt(file, section.offset() + at, into));
    }

    private void keepNotes(ElfSection section) throws IOException {
        if (section.length() > ElfFile.WHOLE_MAX) return;
        Fault place = Fault.in(source.name()).at(section.offset());
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) section.length()]);
        Spill.readAt(file, section.offset(), bytes);
        try {
            for (Note note : Note.parse(bytes, place)) {
                if (note.owner().equals(Native.OWNER) && note.type() == Native.NOTE_METADATA)
                    extras.metadata(MetadataText.decode(note.descriptor(), place));
                else if (ProvenanceChain.holds(note)) log.lost(section.offset(), 0, chain(note));
                else extras.take(note, place);
            }
        } catch (ImageException e) {
            log.lost(section.offset(), section.length(), e.fault().message());
        }
    }

    /** Why a note of the provenance chain is not kept. */
    static String chain(Note note) {
        return "%s of the provenance chain, which is about the whole content"
                .formatted(note.type() == Native.NOTE_SIGNATURE ? "a signature" : "a statement");
    }

    private Optional<SparseBytes> part(String name) throws IOException {
        if (sections.containsKey(name + Native.COMPRESSED)) return chunks(name + Native.COMPRESSED);
        ElfSection section = sections.get(name);
        if (section == null) return Optional.empty();
        var part = SalvagedSection.of(source.name(), file, section, sums);
        if (part.cut())
            log.lost(
                    section.offset() + part.length(),
                    section.length() - part.length(),
                    "the end of section " + name);
        return Optional.of(part);
    }

    private Optional<SparseBytes> chunks(String name) throws IOException {
        ElfSection section = sections.get(name);
        if (section == null) return Optional.empty();
        if (section.end() > file.size())
            log.lost(file.size(), section.end() - file.size(), "the end of section " + name);
        var origin = new Chunk.Origin(name, extras.cipher(WriteOptions.DEFAULT));
        return Optional.of(
                SalvagedChunks.scan(
                        source.name(), file, section.offset(), section.end(), origin, log));
    }

    private PageNumbers numbers(boolean packed) throws IOException {
        boolean p2m = sections.containsKey(".xen_p2m");
        Optional<SparseBytes> table = part(p2m ? ".xen_p2m" : ".xen_pfn");
        ElfSection store = sections.get(".xen_pages");
        boolean intact = table.isPresent() && table.get().intact(0, table.get().length());
        boolean cut = table.isPresent() && table.get() instanceof SalvagedSection raw && raw.cut();
        if (intact && !cut) return PageNumbers.ofTable(table.get(), p2m ? 16 : 8);
        if (!packed && store != null) {
            PageNumbers loads = PageNumbers.ofSegments(file, store.offset(), store.length());
            if (loads.runs() > 0) return loads;
        }
        return table.isPresent()
                ? PageNumbers.ofTable(table.get(), p2m ? 16 : 8)
                : new PageNumbers();
    }

    private SalvagedSteps steps() throws IOException {
        Optional<SparseBytes> recipe = part(Native.RECIPE);
        boolean usable =
                recipe.isPresent()
                        && recipe.get() instanceof SalvagedSection raw
                        && !raw.cut()
                        && raw.intact(0, raw.length());
        return usable
                ? SalvagedSteps.ofRecipe(recipe.get(), skeleton.length())
                : SalvagedSteps.ofSkeleton(skeleton);
    }

    // The stream

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public long length() {
        return steps.length();
    }

    @Override
    public boolean intact(long offset, long bytes) throws IOException {
        if (bytes < 0 || offset > length() - bytes) return false;
        for (long at = offset; at < offset + bytes; ) {
            long end = run(at);
            if (end <= at) return false;
            at = end;
        }
        return true;
    }

    /** The end of the literal or content that an offset is in, if that is whole up to there; else the offset. */
    private long run(long offset) throws IOException {
        int step = steps.at(offset);
        long within = offset - steps.stream(step);
        long literal = steps.literal(step);
        if (within < literal) {
            long ahead = Math.min(literal - within, Native.PAGE);
            return skeleton.intact(steps.skeleton(step) + within, ahead)
                    ? offset + ahead
                    : partly(offset, steps.skeleton(step) + within, ahead);
        }
        long content = (within - literal) / Native.PAGE;
        long place = place(step, (int) content);
        if (place == NONE) return offset;
        boolean there =
                place < 0
                        ? earlier.isPresent()
                                && earlier.get().intact(~place * Native.PAGE, Native.PAGE)
                        : pages.intact(place * Native.PAGE, Native.PAGE);
        return there ? steps.stream(step) + literal + (content + 1) * Native.PAGE : offset;
    }

    private long partly(long offset, long at, long ahead) throws IOException {
        long good = 0;
        while (good < ahead && skeleton.intact(at + good, 1)) good++;
        return offset + good;
    }

    @Override
    public long nextWhole(long offset) throws IOException {
        long at = offset;
        while (at < length()) {
            if (run(at) > at) return at;
            int step = steps.at(at);
            long within = at - steps.stream(step);
            long literal = steps.literal(step);
            if (within < literal) {
                long next = skeleton.nextWhole(steps.skeleton(step) + within);
                at = steps.stream(step) + Math.min(literal, next - steps.skeleton(step));
                if (next >= skeleton.length() && at == steps.stream(step) + within) at++;
                if (next >= skeleton.length()) at = Math.max(at, steps.stream(step) + literal);
            } else {
                // Where the entries are gone, so are all contents of the step: a forged count takes
                // no time.
                long contents =
                        placed(step)
                                ? (within - literal) / Native.PAGE + 1
                                : Math.max(1, steps.contents(step));
                at = steps.stream(step) + literal + contents * Native.PAGE;
            }
        }
        return length();
    }

    @Override
    public void read(long offset, MemorySegment into) throws IOException {
        for (long done = 0; done < into.byteSize(); ) {
            int step = steps.at(offset + done);
            long within = offset + done - steps.stream(step);
            long literal = steps.literal(step);
            long bytes;
            if (within < literal) {
                bytes = Math.min(into.byteSize() - done, literal - within);
                skeleton.read(steps.skeleton(step) + within, into.asSlice(done, bytes));
            } else {
                long content = (within - literal) / Native.PAGE;
                long inPage = (within - literal) % Native.PAGE;
                bytes = Math.min(into.byteSize() - done, Native.PAGE - inPage);
                long place = place(step, (int) content);
                MemorySegment to = into.asSlice(done, bytes);
                if (place < 0) earlier.orElseThrow().read(~place * Native.PAGE + inPage, to);
                else pages.read(place * Native.PAGE + inPage, to);
            }
            done += bytes;
        }
    }

    private long place(int step, int content) throws IOException {
        return placed(step) && content < places.length ? places[content] : NONE;
    }

    /** Whether the entries of a step are there, and so the places of its contents are known. */
    private boolean placed(int step) throws IOException {
        if (placedStep != step) placeAll(step);
        return places.length > 0;
    }

    private void placeAll(int step) throws IOException {
        placedStep = step;
        places = new long[0]; // nothing larger until that many entries have been seen
        long table = steps.skeleton(step) + steps.literal(step) - 8L * steps.entries(step);
        long bytes = 8L * steps.entries(step);
        if (!skeleton.intact(table, bytes)) return;
        places = new long[steps.contents(step)];
        Arrays.fill(places, NONE);
        MemorySegment entries = Arena.ofAuto().allocate(Math.max(8, bytes), 8);
        skeleton.read(table, entries.asSlice(0, bytes));
        MemorySegment word = Arena.ofAuto().allocate(8, 8);
        int count = 0;
        for (long i = 0; i < bytes && count < places.length; i += 8) {
            long entry = entries.get(entryLayout, i);
            if (!new PageEntry(entry).hasData()) continue;
            long beside = 0;
            if (rounds) {
                long at = 8 * (steps.contentsBefore(step) + count);
                boolean known = where.isPresent() && where.get().intact(at, 8);
                if (!known) {
                    count++;
                    continue;
                }
                where.get().read(at, word);
                beside = word.get(Elf.U64, 0);
            }
            long number = numbers.find(new PageEntry(entry).pfn());
            if (beside == 0) places[count++] = number < 0 ? NONE : number;
            else places[count++] = beside > 0 ? ~(beside - 1) : NONE;
        }
    }

    // What the stream does not tell

    @Override
    public Optional<LibxcHeader> header() {
        return ident.flatMap(SalvagedStream::header);
    }

    @Override
    public void seen(long pfn) throws IOException {
        seen.add(pfn);
    }

    @Override
    public void missing(long pfn) throws IOException {
        seen.remove(pfn);
    }

    @Override
    public boolean leftover(ImageSink sink) throws IOException {
        long[] entries = new long[BATCH];
        int count = 0;
        MemorySegment contents = Arena.ofAuto().allocate((long) BATCH * Native.PAGE, Native.PAGE);
        while (leftoverRun < numbers.runs() && count < BATCH) {
            if (leftoverAt == numbers.count(leftoverRun)) {
                leftoverRun++;
                leftoverAt = 0;
                continue;
            }
            long pfn = numbers.first(leftoverRun) + leftoverAt;
            long at = (numbers.number(leftoverRun) + leftoverAt++) * Native.PAGE;
            if (seen.contains(pfn)) continue;
            if (!pages.intact(at, Native.PAGE)) {
                log.lostPage(pfn);
                continue;
            }
            pages.read(at, contents.asSlice((long) count * Native.PAGE, Native.PAGE));
            entries[count++] = pfn;
        }
        if (count == 0) return false;
        if (!leftoverTold) log.added("page types of pages whose PAGE_DATA records are gone: NOTAB");
        leftoverTold = true;
        sink.accept(
                PageBatch.of(
                        entryLayout.order(),
                        Arrays.copyOf(entries, count),
                        contents.asSlice(0, (long) count * Native.PAGE)));
        return true;
    }

    @Override
    public SequencedMap<String, String> metadata() {
        ElfSection section = sections.get(Native.METADATA);
        if (section == null || section.length() > ElfFile.WHOLE_MAX) return new TreeMap<>();
        try {
            if (!sums.intact(section.offset(), section.length())) return new TreeMap<>();
            MemorySegment bytes = Arena.ofAuto().allocate(Math.max(1, section.length()), 8);
            Spill.readAt(file, section.offset(), bytes);
            for (Note note : Note.parse(bytes, Fault.in(source.name())))
                if (note.type() == Native.NOTE_METADATA)
                    return SalvagedStream.metadata(note.descriptor(), source.name());
        } catch (IOException e) {
            // Metadata that cannot be read are not recovered.
        }
        return new TreeMap<>();
    }

    @Override
    public ImageExtras extras() {
        return extras;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
