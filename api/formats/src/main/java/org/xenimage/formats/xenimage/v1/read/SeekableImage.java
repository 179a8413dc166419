package org.xenimage.formats.xenimage.v1.read;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.core.PageRuns;
import org.xenimage.formats.core.PieceLimit;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.xenimage.v1.Capabilities;
import org.xenimage.formats.xenimage.v1.Ident;
import org.xenimage.formats.xenimage.v1.LayoutNote;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.Trailer;
import org.xenimage.formats.xenimage.v1.seal.ContentDigest;
import org.xenimage.formats.xenimage.v1.seal.ImageCipher;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.PagesByPfn;
import org.xenimage.image.spi.ReadOptions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * An open seekable image: its identification, its sections, its pages by PFN.
 *
 * <p>Opening reads the headers, the notes and the checksums; the time does not depend on the size
 * of the guest. The caller opens and closes the channel. Several threads may each have their own
 * {@link Pages}.
 */
public final class SeekableImage {
    /**
     * More changes than could happen while the headers are read, unless someone changes without
     * end.
     */
    private static final int ATTEMPTS = 1000;

    private final ElfFile file;
    private final Ident ident;
    private final Capabilities capabilities;
    private final byte[] digest;
    private final Sums sums;
    private final Trailer trailer;
    private final Optional<Note> keys;
    private final Optional<ImageCipher> cipher;
    private final NativeExtras extras = new NativeExtras();

    private SeekableImage(
            ElfFile file,
            Ident ident,
            Capabilities capabilities,
            byte[] digest,
            Sums sums,
            Trailer trailer,
            Optional<Note> keys,
            Optional<ImageCipher> cipher) {
        this.keys = keys;
        this.cipher = cipher;
        this.file = file;
        this.ident = ident;
        this.capabilities = capabilities;
        this.digest = digest;
        this.sums = sums;
        this.trailer = trailer;
    }

    public static SeekableImage open(String name, FileChannel channel) throws IOException {
        return open(name, channel, ReadOptions.DEFAULT);
    }

    /**
     * Opens an image that someone may be changing at the same time: it is the one before the change
     * or the one after it.
     *
     * <p>A change appends, and then switches the header, so that what one header names stays
     * unchanged. Only a header that was switched while it was read, or a length of the time before,
     * leads to something else, and is read again.
     */
    public static SeekableImage open(String name, FileChannel channel, ReadOptions options)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            Stamp before = Stamp.of(channel);
            try {
                return openOnce(name, channel, options);
            } catch (ImageException e) {
                if (attempt == ATTEMPTS || before.equals(Stamp.of(channel))) throw e;
            }
        }
    }

    /** What differs between a file and the same file after a change. */
    private record Stamp(long length, ByteBuffer header) {
        static Stamp of(FileChannel channel) throws IOException {
            ByteBuffer header = ByteBuffer.allocate(Elf.HEADER_LENGTH);
            long length = channel.size();
            while (header.hasRemaining()) if (channel.read(header, header.position()) < 0) break;
            return new Stamp(length, header.flip());
        }
    }

    private static SeekableImage openOnce(String name, FileChannel channel, ReadOptions options)
            throws IOException {
        ElfFile file = ElfFile.open(name, channel);
        if (!Native.recognises(file.header())) {
            throw new CorruptImage(
                    Fault.in(name)
                            .at(24)
                            .element("ELF header")
                            .field("e_entry")
                            .expected("\"Xenimage\""));
        }
        ElfSection notesSection = file.require(Native.NOTES);
        Fault place = Fault.in(name).at(notesSection.offset()).element("section " + Native.NOTES);
        List<Note> notes = Note.parse(file.readSection(notesSection), place);
        if (notes.isEmpty())
            throw new CorruptImage(place.problem("is empty").expected("the note IDENT"));
        Ident ident = Ident.decode(notes.getFirst(), place);
        if (ident.form() != Ident.Form.SEEKABLE) {
            throw new CorruptImage(
                    place.element("note IDENT").field("form").expected("1, seekable").found("2"));
        }
        Capabilities capabilities = Capabilities.none();
        byte[] digest = new byte[0];
        Optional<Note> keys = Optional.empty();
        List<Note> others = new ArrayList<>();
        for (Note note : notes.subList(1, notes.size())) {
            boolean own = note.owner().equals(Native.OWNER);
            if (own && note.type() == Native.NOTE_CAPABILITIES) {
                capabilities = Capabilities.decode(note, options.sections(), place);
            } else if (own && note.type() == Native.NOTE_DIGEST) {
                if (note.descriptor().byteSize() < ContentDigest.DESCRIPTOR_LENGTH)
                    throw new CorruptImage(place.element("note DIGEST").field("descsz"));
                digest =
                        note.descriptor()
                                .asSlice(16, ContentDigest.DIGEST_LENGTH)
                                .toArray(ValueLayout.JAVA_BYTE);
            } else if (own && note.type() == Native.NOTE_KEYS) {
                keys = Optional.of(note);
            } else if (!own || note.type() != LayoutNote.TYPE) { // a writer makes its own of that
                others.add(note);
            }
        }
        ident.confirmedBy(capabilities, place);
        if (digest.length == 0) throw new CorruptImage(place.problem("has no note DIGEST"));
        Trailer trailer = Trailer.read(file);
        Sums sums = new Sums(file, trailer.sums(file));
        sums.check(notesSection.offset(), notesSection.length());
        sums.check(0, Elf.HEADER_LENGTH);
        ElfHeader header = ElfHeader.decode(file.header());
        sums.check(header.sections(), (long) file.sections().size() * Elf.SECTION_LENGTH);
        // A section whose name is damaged would be an unknown one, and what it holds be missed.
        ElfSection names = file.sections().get(header.names());
        sums.check(names.offset(), names.length());
        Optional<ImageCipher> cipher =
                keys.isPresent() && !options.keys().isEmpty()
                        ? Optional.of(ImageCipher.open(keys.get(), options.keys(), place))
                        : Optional.empty();
        var image =
                new SeekableImage(file, ident, capabilities, digest, sums, trailer, keys, cipher);
        for (Note note : others) image.extras.take(note, place);
        image.keep();
        image.extras.known(options.sections());
        image.extras.requireKnown(options.sections());
        return image;
    }

    /** Reads what the image has apart from its stream. */
    private void keep() throws IOException {
        extras.name(file.name());
        extras.form(Ident.Form.SEEKABLE);
        extras.capabilities(capabilities);
        extras.cipher(cipher);
        extras.digest(digest);
        for (String name : new String[] {Native.METADATA, Native.CHAIN}) {
            Optional<ElfSection> section = file.find(name);
            if (section.isEmpty()) continue;
            Fault place =
                    Fault.in(file.name()).at(section.get().offset()).element("section " + name);
            MemorySegment bytes = file.readSection(section.get());
            sums.check(section.get().offset(), section.get().length());
            for (Note note : Note.parse(bytes, place)) {
                if (note.owner().equals(Native.OWNER) && note.type() == Native.NOTE_METADATA) {
                    extras.metadata(
                            MetadataText.decode(note.descriptor(), place.element("note METADATA")));
                } else {
                    extras.take(note, place);
                }
            }
        }
        for (ElfSection section : file.sections()) {
            if (section.type() != Elf.SHT_NULL && !Native.knows(section.name()))
                extras.add(part(section));
            else if (section.name().equals(Native.CHUNKS)) extras.chunks(part(section));
        }
    }

    private NativeExtras.Part part(ElfSection section) {
        var content = new Stored.Raw(section, sums.cursor());
        return new NativeExtras.Part(
                section.name(),
                section.type(),
                section.alignment(),
                section.entryLength(),
                section.length(),
                content::read);
    }

    /**
     * The notes of the front, with the capabilities of other mandatory sections of sites.
     *
     * @param mandatory their names
     */
    public List<Note> notesWith(Collection<String> mandatory) throws IOException {
        ElfSection section = file.require(Native.NOTES);
        Fault place = Fault.in(file.name()).at(section.offset()).element("section " + Native.NOTES);
        List<Note> notes = new ArrayList<>(Note.parse(file.readSection(section), place));
        Note changed = capabilities.withoutSections().withSections(mandatory).note();
        notes.replaceAll(note -> isCapabilities(note) ? changed : note);
        if (notes.stream().noneMatch(SeekableImage::isCapabilities)) notes.add(1, changed);
        return notes;
    }

    private static boolean isCapabilities(Note note) {
        return note.owner().equals(Native.OWNER) && note.type() == Native.NOTE_CAPABILITIES;
    }

    public Ident ident() {
        return ident;
    }

    public Capabilities capabilities() {
        return capabilities;
    }

    public byte[] digest() {
        return digest.clone();
    }

    public ElfFile file() {
        return file;
    }

    public Sums sums() {
        return sums;
    }

    /** Refuses to continue without the key of an encrypted image. */
    public void requireKey() throws IOException {
        if (keys.isPresent() && cipher.isEmpty())
            ImageCipher.open(
                    keys.get(),
                    List.of(),
                    Fault.in(file.name()).at(file.require(Native.NOTES).offset()));
    }

    /** What is apart from the stream. */
    public NativeExtras extras() {
        return extras;
    }

    /** {@return the bytes of the image; anything after them belongs to an unfinished edit} */
    public long end() {
        return trailer.end();
    }

    /** The metadata verbatim. */
    public ObjectNode metadata() {
        return extras.metadata();
    }

    /** What the image says of itself. */
    public Container container() throws IOException {
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
                sections,
                extras.sectionHeads());
    }

    /** A section's content that must be there, in chunks if the image is compressed. */
    Stored require(String name) throws IOException {
        Optional<ElfSection> packed = file.find(name + Native.COMPRESSED);
        if (packed.isPresent()) return Stored.Chunked.scan(file, packed.get(), cipher);
        return new Stored.Raw(file.require(name), sums.cursor());
    }

    Optional<Stored> find(String name) throws IOException {
        boolean there =
                file.find(name).isPresent() || file.find(name + Native.COMPRESSED).isPresent();
        return there ? Optional.of(require(name)) : Optional.empty();
    }

    /** The pages, for one thread. */
    public Pages pages() throws IOException {
        return new Pages(false);
    }

    /** The pages, for one thread that reads most of them, in order. */
    Pages pagesForwards() throws IOException {
        return new Pages(true);
    }

    /**
     * The pages by PFN. Not for an image of several rounds: a page that the guest later released
     * still has a number there, and only the stream shows it.
     */
    public Optional<PagesByPfn> pagesByPfn() throws IOException {
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
    public final class Pages {
        private final Stored pfns;
        private final int width;
        private final Stored contents;
        private final long count;

        private Pages(boolean forwards) throws IOException {
            boolean p2m = file.find(".xen_p2m").isPresent();
            width = p2m ? 16 : 8;
            pfns = require(p2m ? ".xen_p2m" : ".xen_pfn");
            count = pfns.length() / width;
            Optional<ElfSection> packed = file.find(Native.PAGES_COMPRESSED);
            if (packed.isPresent()) {
                ElfSection index = file.require(Native.INDEX);
                long pieces = (count + Native.PAGES_PER_PIECE - 1) / Native.PAGES_PER_PIECE;
                if (index.length() != pieces * 8)
                    throw mismatch(Native.INDEX, pieces * 8, index.length());
                PieceLimit.here()
                        .count(pieces, Fault.in(file.name()).element("section " + Native.INDEX));
                MemorySegment table =
                        Arena.ofAuto()
                                .allocate(Math.max(8, index.length()), 8)
                                .asSlice(0, index.length());
                sums.cursor().read(index.offset(), table);
                contents =
                        new Stored.Chunked(
                                file,
                                packed.get(),
                                cipher,
                                Stored.Chunked.index(table),
                                count * Native.PAGE);
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

        public long count() {
            return count;
        }

        public long pfn(long number) throws IOException {
            MemorySegment word = MemorySegment.ofArray(new byte[8]);
            pfns.read(number * width, word);
            return word.get(Elf.U64, 0);
        }

        /** The number of a PFN's page, or -1; a binary search. */
        public long find(long pfn) throws IOException {
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

        public void read(long number, MemorySegment into, long within) throws IOException {
            contents.read(number * Native.PAGE + within, into);
        }

        /** All PFNs. */
        PageRuns runs() throws IOException {
            var runs = new PageRuns();
            long bytes = Math.clamp(count * width, 8, Native.PIECE);
            MemorySegment buffer = Arena.ofAuto().allocate(bytes, 64);
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
