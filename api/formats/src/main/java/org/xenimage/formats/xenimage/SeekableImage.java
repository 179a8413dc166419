package org.xenimage.formats.xenimage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.core.PageRuns;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.elf.Section;
import org.xenimage.image.Container;
import org.xenimage.image.CorruptImage;
import org.xenimage.image.Fault;
import org.xenimage.image.LimitExceeded;
import org.xenimage.image.PagesByPfn;
import org.xenimage.image.TruncatedImage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;

/**
 * An open seekable image: its identification, its sections, its pages by PFN.
 *
 * <p>Opening reads the headers, the notes and the sums, whatever the size of the guest. The channel belongs to whoever
 * opened it. Several threads may each have their own {@link Pages}.
 */
final class SeekableImage {
    private final ElfFile file;
    private final Ident ident;
    private final Capabilities capabilities;
    private final byte[] digest;
    private final Sums sums;

    private SeekableImage(
            ElfFile file, Ident ident, Capabilities capabilities, byte[] digest, Sums sums) {
        this.file = file;
        this.ident = ident;
        this.capabilities = capabilities;
        this.digest = digest;
        this.sums = sums;
    }

    static SeekableImage open(String name, FileChannel channel) throws IOException {
        ElfFile file = ElfFile.open(name, channel);
        if (!Native.recognises(file.header())) {
            throw new CorruptImage(
                    Fault.in(name)
                            .at(24)
                            .element("ELF header")
                            .field("e_entry")
                            .expected("\"Xenimage\""));
        }
        Section notesSection = file.require(Native.NOTES);
        Fault place = Fault.in(name).at(notesSection.offset()).element("section " + Native.NOTES);
        List<Note> notes = Note.parse(file.whole(notesSection), place);
        if (notes.isEmpty())
            throw new CorruptImage(place.problem("is empty").expected("the note IDENT"));
        Ident ident = Ident.decode(notes.getFirst(), place);
        if (ident.form() != Ident.Form.SEEKABLE) {
            throw new CorruptImage(
                    place.element("note IDENT").field("form").expected("1, seekable").found("2"));
        }
        Capabilities capabilities = Capabilities.none();
        byte[] digest = new byte[0];
        for (Note note : notes) {
            if (!note.owner().equals(Native.OWNER)) continue;
            if (note.type() == Native.NOTE_CAPABILITIES)
                capabilities = Capabilities.decode(note, place);
            if (note.type() == Native.NOTE_DIGEST
                    && note.descriptor().byteSize() >= ContentDigest.DESCRIPTOR_LENGTH) {
                digest =
                        note.descriptor()
                                .asSlice(16, ContentDigest.DIGEST_LENGTH)
                                .toArray(ValueLayout.JAVA_BYTE);
            }
        }
        if (digest.length == 0) throw new CorruptImage(place.problem("has no note DIGEST"));
        Sums sums = new Sums(file, sumTable(file));
        sums.cursor().read(notesSection.offset(), Arena.ofAuto().allocate(notesSection.length()));
        sums.cursor().read(0, Arena.ofAuto().allocate(Elf.HEADER_LENGTH));
        return new SeekableImage(file, ident, capabilities, digest, sums);
    }

    private static MemorySegment sumTable(ElfFile file) throws IOException {
        long at = file.length() - Native.TRAILER_LENGTH;
        Fault place = Fault.in(file.name()).at(at).element("trailer");
        if (at < Elf.HEADER_LENGTH) throw new TruncatedImage(place.at(0).problem("is missing"));
        MemorySegment trailer = Arena.ofAuto().allocate(Native.TRAILER_LENGTH, 8);
        file.read(at, trailer);
        if (trailer.get(Elf.U64, 0) != Native.TRAILER_MAGIC
                || trailer.get(Elf.U32, 60) != SumTable.crc(trailer.asSlice(0, 60))
                || trailer.get(Elf.U64, 16) != file.length()) {
            throw new TruncatedImage(
                    place.problem("is missing or damaged")
                            .expected(
                                    "\"XenimEnd\" and the length of the file in the last 64 octets")
                            .remedy(
                                    "the file was cut short or appended to; xenimage salvage recovers what is whole"));
        }
        long offset = trailer.get(Elf.U64, 24);
        long length = trailer.get(Elf.U64, 32);
        long most = Native.SUM_LENGTH * (file.length() / Native.PAGE + 4096);
        if (offset < 0
                || length < 0
                || length > most
                || offset > at
                || length > at - offset
                || length % Native.SUM_LENGTH != 0) {
            throw new LimitExceeded(
                    place.field("sums_offset, sums_length")
                            .expected("within the file, at most 0x" + Long.toHexString(most))
                            .found("0x%x, 0x%x".formatted(offset, length)));
        }
        MemorySegment table = Arena.ofAuto().allocate(Math.max(1, length), 8).asSlice(0, length);
        for (long done = 0; done < length; done += 1 << 26) {
            file.read(offset + done, table.asSlice(done, Math.min(1 << 26, length - done)));
        }
        int crc = SumTable.crc(table);
        if (crc != trailer.get(Elf.U32, 48)) {
            throw new CorruptImage(
                    place.field("sums_crc")
                            .expected("0x%08x".formatted(trailer.get(Elf.U32, 48)))
                            .found("0x%08x".formatted(crc))
                            .remedy("the table of sums is damaged"));
        }
        return table;
    }

    Ident ident() {
        return ident;
    }

    Capabilities capabilities() {
        return capabilities;
    }

    byte[] digest() {
        return digest.clone();
    }

    ElfFile file() {
        return file;
    }

    Sums sums() {
        return sums;
    }

    /** The metadata as they stand. */
    ObjectNode metadata() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        Optional<Section> section = file.find(Native.METADATA);
        if (section.isEmpty()) return mapper.createObjectNode();
        Fault place = Fault.in(file.name()).at(section.get().offset()).element("note METADATA");
        MemorySegment octets =
                Arena.ofAuto().allocate(Math.max(1, file.whole(section.get()).byteSize()));
        sums.cursor().read(section.get().offset(), octets.asSlice(0, section.get().length()));
        for (Note note : Note.parse(octets, place)) {
            if (note.type() != Native.NOTE_METADATA) continue;
            try {
                JsonNode tree = mapper.readTree(note.descriptor().toArray(ValueLayout.JAVA_BYTE));
                if (tree instanceof ObjectNode object) return object;
            } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
                throw new CorruptImage(place.problem("is no JSON: " + e.getOriginalMessage()), e);
            }
            throw new CorruptImage(place.expected("a JSON object"));
        }
        return mapper.createObjectNode();
    }

    /** What the image says of itself. */
    Container container() throws IOException {
        List<Container.Section> sections =
                file.sections().stream()
                        .filter(section -> section.type() != Elf.SHT_NULL)
                        .map(section ->
                                new Container.Section(
                                        section.name(), section.offset(), section.length()))
                        .toList();
        return new Container(
                ident.version(),
                "seekable",
                ident.partial(),
                capabilities.listed(),
                metadata(),
                Optional.of(new Container.Digest(SeekableStream.hex(digest), ident.streamLength())),
                sections);
    }

    /** A section's content that must be there, in chunks if the image is compressed. */
    Stored require(String name) throws IOException {
        Optional<Section> packed = file.find(name + Native.COMPRESSED);
        if (packed.isPresent()) return Stored.Chunked.scan(file, packed.get());
        return new Stored.Raw(file.require(name), sums.cursor());
    }

    Optional<Stored> find(String name) throws IOException {
        boolean there =
                file.find(name).isPresent() || file.find(name + Native.COMPRESSED).isPresent();
        return there ? Optional.of(require(name)) : Optional.empty();
    }

    /** The pages, for one thread. */
    Pages pages() throws IOException {
        return new Pages(false);
    }

    /** The pages, for one thread that reads most of them, in order. */
    Pages pagesForwards() throws IOException {
        return new Pages(true);
    }

    /**
     * The pages by PFN. An image of several rounds is left out: a page that the guest gave back later has a number there
     * all the same, and only the stream tells.
     */
    Optional<PagesByPfn> pagesByPfn() throws IOException {
        if (capabilities.has(Capabilities.ROUNDS)) return Optional.empty();
        Pages pages = pages();
        return Optional.of((pfn, into) -> {
            long number = pages.find(pfn);
            if (number == PageRuns.NONE) return false;
            pages.read(number, into, 0);
            return true;
        });
    }

    /** Pages by number or by PFN. */
    final class Pages {
        private final Stored pfns;
        private final int width;
        private final Stored contents;
        private final long count;

        private Pages(boolean forwards) throws IOException {
            boolean p2m = file.find(".xen_p2m").isPresent();
            width = p2m ? 16 : 8;
            pfns = require(p2m ? ".xen_p2m" : ".xen_pfn");
            count = pfns.length() / width;
            Optional<Section> packed = file.find(Native.PAGES_COMPRESSED);
            if (packed.isPresent()) {
                Section index = file.require(Native.INDEX);
                MemorySegment table =
                        Arena.ofAuto()
                                .allocate(Math.max(8, index.length()), 8)
                                .asSlice(0, index.length());
                sums.cursor().read(index.offset(), table);
                contents =
                        new Stored.Chunked(
                                file,
                                packed.get(),
                                Stored.Chunked.index(table),
                                count * Native.PAGE);
                long pieces = (count + Native.PAGES_PER_PIECE - 1) / Native.PAGES_PER_PIECE;
                if (table.byteSize() != pieces * 8)
                    throw mismatch(Native.INDEX, pieces * 8, table.byteSize());
            } else {
                contents =
                        new Stored.Raw(
                                file.require(".xen_pages"),
                                forwards ? sums.forwards() : sums.cursor());
                if (contents.length() != count * Native.PAGE)
                    throw mismatch(".xen_pages", count * Native.PAGE, contents.length());
            }
        }

        private CorruptImage mismatch(String section, long expected, long found) {
            return new CorruptImage(
                    Fault.in(file.name())
                            .element("section " + section)
                            .field("sh_size")
                            .expected("0x%x for %d pages".formatted(expected, count))
                            .found(found));
        }

        long count() {
            return count;
        }

        long pfn(long number) throws IOException {
            MemorySegment word = MemorySegment.ofArray(new byte[8]);
            pfns.read(number * width, word);
            return word.get(Elf.U64, 0);
        }

        /** The number of a PFN's page, or -1; a binary search. */
        long find(long pfn) throws IOException {
            long low = 0;
            long high = count - 1;
            while (low <= high) {
                long middle = (low + high) >>> 1;
                long found = pfn(middle);
                if (found == pfn) return middle;
                if (found < pfn) low = middle + 1;
                else high = middle - 1;
            }
            return PageRuns.NONE;
        }

        void read(long number, MemorySegment into, long within) throws IOException {
            contents.read(number * Native.PAGE + within, into);
        }

        /** All PFNs. */
        PageRuns runs() throws IOException {
            var runs = new PageRuns();
            MemorySegment buffer = Arena.ofAuto().allocate(Native.PIECE, 64);
            long perBuffer = Native.PIECE / width;
            for (long number = 0; number < count; number += perBuffer) {
                long here = Math.min(perBuffer, count - number);
                pfns.read(number * width, buffer.asSlice(0, here * width));
                for (long i = 0; i < here; i++) {
                    long pfn = buffer.get(Elf.U64, i * width);
                    if (pfn <= runs.last()) {
                        throw new CorruptImage(
                                Fault.in(file.name())
                                        .element("PFN of page " + (number + i))
                                        .expected("above 0x" + Long.toHexString(runs.last()))
                                        .found(pfn));
                    }
                    runs.append(pfn);
                }
            }
            return runs;
        }
    }
}
