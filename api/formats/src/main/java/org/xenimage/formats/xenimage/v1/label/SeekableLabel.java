package org.xenimage.formats.xenimage.v1.label;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.elf.SectionTable;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.SumTable;
import org.xenimage.formats.xenimage.v1.Trailer;
import org.xenimage.formats.xenimage.v1.read.SeekableImage;
import org.xenimage.formats.xenimage.v1.read.SeekableStream;
import org.xenimage.formats.xenimage.v1.seal.ProvenanceChain;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.WriteFailed;
import org.xenimage.image.seal.Provenance;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageLabel;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
    private SeekableImage image;

    public SeekableLabel(String name, FileChannel channel) throws IOException {
        this.name = name;
        this.channel = channel;
        this.image = SeekableImage.open(name, channel);
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
                image.extras().chain().statements(), SeekableStream.hex(image.digest()));
    }

    @Override
    public <X extends Exception> void changeMetadata(MetadataChange<X> change)
            throws IOException, X {
        try (FileLock _ = lock()) {
            image = SeekableImage.open(name, channel);
            ObjectNode metadata = metadata();
            change.apply(metadata);
            List<Note> notes = new ArrayList<>();
            notes.add(MetadataText.note(metadata));
            notes.addAll(image.extras().notes());
            replace(Native.METADATA, notes);
        }
    }

    @Override
    public void sign(Statement.Draft draft, SigningKey key) throws IOException {
        try (FileLock _ = lock()) {
            image = SeekableImage.open(name, channel);
            ProvenanceChain before = image.extras().chain();
            List<Statement> chain = new ArrayList<>(before.statements());
            chain.add(
                    Statement.after(
                                    before.last(),
                                    draft,
                                    SeekableStream.hex(image.digest()),
                                    image.ident().streamLength(),
                                    Optional.empty())
                            .signedBy(key));
            replace(Native.CHAIN, ProvenanceChain.notes(chain));
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

    private void replace(String section, List<Note> notes) throws IOException {
        byte[] bytes = Note.encode(notes);
        if (bytes.length > Native.NOTES_MAX) {
            throw new LimitExceeded(
                    Fault.in(name)
                            .element("section " + section)
                            .expected("at most 0x1000000 bytes")
                            .found(bytes.length));
        }
        channel.truncate(image.end());
        try {
            new Edit(section, bytes).write();
        } catch (WriteFailed e) {
            throw e.to(name);
        }
        image = SeekableImage.open(name, channel);
    }

    /** One edit: the new section, and the tables that name it. */
    private final class Edit {
        private final String changed;
        private final MemorySegment bytes;
        private final List<ElfSection> sections = new ArrayList<>();
        private final List<ElfSection> replaced = new ArrayList<>();

        Edit(String changed, byte[] bytes) {
            this.changed = changed;
            this.bytes = MemorySegment.ofArray(bytes);
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

            long at = Native.aligned(image.end(), 8);
            long start = at;
            arrange(old, at);
            at = Native.aligned(at + bytes.byteSize(), 8);
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
            sums.add(start, bytes);
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

            Spill.writeAt(channel, start, bytes);
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
        private void arrange(List<ElfSection> old, long at) {
            var now = new ElfSection(changed, Elf.SHT_NOTE, at, bytes.byteSize(), 4, 0);
            boolean there = old.stream().anyMatch(section -> section.name().equals(changed));
            for (ElfSection section : old.subList(1, old.size())) {
                boolean same = section.name().equals(changed);
                if (same || section.name().equals(".shstrtab")) replaced.add(section);
                sections.add(same ? now : section);
                if (!there && section.name().equals(Native.METADATA)) sections.add(now);
            }
        }

        private int indexOf(String section) {
            int index = 0;
            while (!sections.get(index).name().equals(section)) index++;
            return index;
        }
    }
}
