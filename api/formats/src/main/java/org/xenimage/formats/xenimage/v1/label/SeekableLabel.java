package org.xenimage.formats.xenimage.v1.label;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.elf.SectionTable;
import org.xenimage.formats.xenimage.v1.Capabilities;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.SumTable;
import org.xenimage.formats.xenimage.v1.Trailer;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.read.NativeExtras;
import org.xenimage.formats.xenimage.v1.read.SeekableImage;
import org.xenimage.formats.xenimage.v1.read.SeekableStream;
import org.xenimage.formats.xenimage.v1.seal.ProvenanceChain;
import org.xenimage.formats.xenimage.v1.site.SectionCodec;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.WriteFailed;
import org.xenimage.image.seal.Provenance;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.section.SectionChange;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageLabel;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The label of a seekable image, and its edits (section 7): the new parts are appended and synced
 * to disk, then the ELF header, within one sector, is updated to refer to them. Until then the file
 * is the image that it was.
 */
public final class SeekableLabel implements ImageLabel {
    private static final Duration LOCK_WAIT = Duration.ofMinutes(1);
    private static final Duration LOCK_STEP = Duration.ofMillis(5);

    private final String name;
    private final FileChannel channel;
    private final ReadOptions options;
    private SeekableImage image;
    private SortedMap<String, String> stamps;

    public SeekableLabel(String name, FileChannel channel, ReadOptions options) throws IOException {
        this.name = name;
        this.channel = channel;
        this.options = options;
        this.image = SeekableImage.open(name, channel, options);
        this.stamps = image.extras().stamps(image.extras().parts());
    }

    private void read() throws IOException {
        image = SeekableImage.open(name, channel, options);
        stamps = image.extras().stamps(image.extras().parts());
    }

    @Override
    public Container container() throws IOException {
        return image.container();
    }

    @Override
    public ObjectNode metadata() {
        return image.metadata().deepCopy();
    }

    @Override
    public Provenance provenance() {
        return new Provenance(
                image.extras().chain().statements(), SeekableStream.hex(image.digest()), stamps);
    }

    @Override
    public <X extends Exception> void changeMetadata(MetadataChange<X> change)
            throws IOException, X {
        try (FileLock _ = lock()) {
            read();
            ObjectNode metadata = metadata();
            change.apply(metadata);
            List<Note> notes = new ArrayList<>();
            notes.add(MetadataText.note(metadata));
            notes.addAll(image.extras().notes());
            replace(List.of(notes(Native.METADATA, notes)), Set.of());
        }
    }

    @Override
    public void sign(Statement.Draft draft, SigningKey key) throws IOException {
        try (FileLock _ = lock()) {
            read();
            ProvenanceChain before = image.extras().chain();
            List<Statement> chain = new ArrayList<>(before.statements());
            chain.add(
                    Statement.after(
                                    before.last(),
                                    draft,
                                    SeekableStream.hex(image.digest()),
                                    image.ident().streamLength(),
                                    Optional.empty(),
                                    stamps)
                            .signedBy(key));
            replace(List.of(notes(Native.CHAIN, ProvenanceChain.notes(chain))), Set.of());
        }
    }

    /**
     * The right to change the file. What was read before is read again under it.
     *
     * <p>Waits for the holder: another process, or another channel of this one, which the operating
     * system cannot distinguish and Java refuses.
     */
    private FileLock lock() throws IOException {
        long end = System.nanoTime() + LOCK_WAIT.toNanos();
        while (true) {
            Optional<FileLock> lock = tryLock();
            if (lock.isPresent()) return lock.get();
            if (System.nanoTime() > end)
                throw new IOException(
                        name
                                + ": another program is changing the image; try again when it has ended");
            try {
                Thread.sleep(LOCK_STEP);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException(name + ": interrupted");
            }
        }
    }

    private Optional<FileLock> tryLock() throws IOException {
        try {
            return Optional.ofNullable(channel.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<SiteSection> sections() throws IOException {
        return image.extras().sections();
    }

    @Override
    public <X extends Exception> void changeSections(SectionChange<X> change, Statement.Draft draft)
            throws IOException, X {
        try (FileLock _ = lock()) {
            read();
            NativeExtras extras = image.extras();
            image.requireKey();
            List<SiteSection> found = extras.sections();
            List<SiteSection> wanted = change.apply(found);
            if (wanted.equals(found)) return;
            var choice =
                    new Chunk.WriteChoice(
                            extras.capabilities().has(Capabilities.ZSTD),
                            WriteOptions.DEFAULT.level(),
                            extras.cipher(WriteOptions.DEFAULT));
            List<NativeExtras.Part> after = extras.written(found, wanted, true, choice);
            List<Change> changes = new ArrayList<>();
            for (NativeExtras.Part part : after)
                if (!extras.parts().contains(part)) changes.add(section(part));
            Set<String> dropped = names(extras.parts());
            dropped.removeAll(names(after));
            Set<String> mandatory = extras.mandatory(after);
            if (!mandatory.equals(extras.capabilities().sections()))
                changes.add(notes(Native.NOTES, image.notesWith(mandatory)));
            if (!extras.chain().statements().isEmpty()) {
                List<Statement> chain = new ArrayList<>(extras.chain().statements());
                chain.add(
                        Statement.after(
                                extras.chain().last(),
                                draft,
                                SeekableStream.hex(image.digest()),
                                image.ident().streamLength(),
                                Optional.empty(),
                                extras.stamps(after)));
                changes.add(notes(Native.CHAIN, ProvenanceChain.notes(chain)));
            }
            replace(changes, dropped);
        }
    }

    private static Set<String> names(List<NativeExtras.Part> parts) {
        return parts.stream()
                .map(NativeExtras.Part::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Change section(NativeExtras.Part part) throws IOException {
        MemorySegment bytes = Arena.ofAuto().allocate(part.length(), 8);
        part.content().read(0, bytes);
        return new Change(part.name(), part.type(), 8, bytes);
    }

    private Change notes(String section, List<Note> notes) throws LimitExceeded {
        byte[] bytes = Note.encode(notes);
        if (bytes.length > Native.NOTES_MAX) {
            throw new LimitExceeded(
                    Fault.in(name)
                            .element("section " + section)
                            .expected("at most 0x1000000 bytes")
                            .found(bytes.length));
        }
        return new Change(section, Elf.SHT_NOTE, 4, MemorySegment.ofArray(bytes));
    }

    private void replace(List<Change> changes, Set<String> dropped) throws IOException {
        channel.truncate(image.end());
        try {
            new Edit(changes, dropped).write();
        } catch (WriteFailed e) {
            throw e.to(name);
        }
        read();
    }

    /** A section that an edit makes or replaces. */
    private record Change(String name, int type, long alignment, MemorySegment bytes) {}

    /** Where an edit puts one. */
    private record Placed(Change change, long offset) {}

    /** One edit: the new sections, and the tables that name them. */
    private final class Edit {
        private final List<Change> changes;
        private final Set<String> dropped;
        private final List<ElfSection> sections = new ArrayList<>();
        private final List<ElfSection> replaced = new ArrayList<>();

        Edit(List<Change> changes, Set<String> dropped) {
            this.changes = changes;
            this.dropped = dropped;
        }

        void write() throws IOException {
            MemorySegment header = Arena.ofAuto().allocate(Elf.HEADER_LENGTH, 8);
            MemorySegment.copy(image.file().header(), 0, header, 0, Elf.HEADER_LENGTH);
            long oldTable = ElfHeader.decode(header).sections();
            List<ElfSection> old = image.file().sections();
            image.file().require(".shstrtab");
            var first = Arena.ofAuto().allocate(Elf.SECTION_LENGTH, 8);
            image.file().read(oldTable, first);
            replaced.add(
                    new ElfSection(
                            "",
                            Elf.SHT_NULL,
                            oldTable,
                            (long) old.size() * Elf.SECTION_LENGTH,
                            8,
                            0));

            SequencedMap<String, ElfSection> made = new LinkedHashMap<>();
            List<Placed> placed = new ArrayList<>();
            long at = Native.aligned(image.end(), 8);
            for (Change change : changes) {
                long length = change.bytes().byteSize();
                placed.add(new Placed(change, at));
                made.put(
                        change.name(),
                        new ElfSection(
                                change.name(), change.type(), at, length, change.alignment(), 0));
                at = Native.aligned(at + length, 8);
            }
            arrange(old, made);
            MemorySegment strings =
                    MemorySegment.ofArray(
                            SectionTable.names(sections.stream().map(ElfSection::name).toList()));
            long stringsAt = at;
            at = Native.aligned(at + strings.byteSize(), 8);
            int count = sections.size() + 1;
            long table = at;
            long sumsAt = table + (long) count * Elf.SECTION_LENGTH;

            ElfHeader.moveSections(header, table, count, 1 + indexOf(".shstrtab"));
            SumTable sums = image.sums().without(replaced, 0, header);
            for (Placed one : placed) sums.add(one.offset(), one.change().bytes());
            sums.add(stringsAt, strings);
            long sumsLength = sums.length() + Native.SUM_LENGTH;
            sections.replaceAll(section ->
                    switch (section.name()) {
                        case Native.SUMS -> section.placed(sumsAt, sumsLength);
                        case ".shstrtab" -> section.placed(stringsAt, strings.byteSize());
                        default -> section;
                    });
            MemorySegment headers = SectionTable.encode(first, sections);
            sums.add(table, headers);
            byte[] sumBytes = sums.encode();

            for (Placed one : placed) Spill.writeAt(channel, one.offset(), one.change().bytes());
            Spill.writeAt(channel, stringsAt, strings);
            Spill.writeAt(channel, table, headers);
            Spill.writeAt(channel, sumsAt, MemorySegment.ofArray(sumBytes));
            Spill.writeAt(
                    channel, sumsAt + sumBytes.length, Trailer.encode(sumsAt, sumBytes, table));
            channel.force(true);
            Spill.writeAt(channel, 0, header);
            channel.force(true);
        }

        /** The sections as they will be, in the order of the specification. */
        private void arrange(List<ElfSection> old, SequencedMap<String, ElfSection> made) {
            Set<String> there = new TreeSet<>();
            for (ElfSection section : old) there.add(section.name());
            for (ElfSection section : old.subList(1, old.size())) {
                String named = section.name();
                boolean gone = dropped.contains(named);
                if (gone || made.containsKey(named) || named.equals(".shstrtab"))
                    replaced.add(section);
                if (named.equals(Native.SUMS)) {
                    for (ElfSection one : made.values())
                        if (SectionCodec.holds(one.name()) && !there.contains(one.name()))
                            sections.add(one);
                }
                if (!gone) sections.add(made.getOrDefault(named, section));
                if (named.equals(Native.METADATA)
                        && made.containsKey(Native.CHAIN)
                        && !there.contains(Native.CHAIN)) sections.add(made.get(Native.CHAIN));
            }
        }

        private int indexOf(String section) {
            int index = 0;
            while (!sections.get(index).name().equals(section)) index++;
            return index;
        }
    }
}
