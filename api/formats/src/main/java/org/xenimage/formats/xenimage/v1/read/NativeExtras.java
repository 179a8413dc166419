package org.xenimage.formats.xenimage.v1.read;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.xenimage.v1.Capabilities;
import org.xenimage.formats.xenimage.v1.Ident;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.seal.ImageCipher;
import org.xenimage.formats.xenimage.v1.seal.ProvenanceChain;
import org.xenimage.formats.xenimage.v1.site.SectionCodec;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * What an image has apart from its stream and what its writer creates itself: metadata, the
 * provenance chain, and notes, sections and chunks that this release does not know, which a rewrite
 * keeps byte for byte (section 11).
 *
 * <p>Sections and chunks stay where they are, in the file that is read or in one without a name,
 * until they are written. Memory: the notes, at most 16 MiB.
 */
public final class NativeExtras implements ImageExtras, Closeable {
    /** A section that this release does not know. */
    public record Part(
            String name, int type, long alignment, long entryLength, long length, From content) {
        /** An alignment that makes no sense is not kept. */
        public Part {
            if (Long.bitCount(alignment) != 1 || alignment < 0 || alignment > Native.PAGE)
                alignment = 1;
        }

        /** Encodes a section of a site. */
        public static Part of(SiteSection section, Chunk.WriteChoice choice) {
            MemorySegment bytes = SectionCodec.encode(section, choice);
            return new Part(
                    SectionCodec.PREFIX + section.name(),
                    Elf.SHT_PROGBITS,
                    8,
                    0,
                    bytes.byteSize(),
                    (position, into) ->
                            MemorySegment.copy(bytes, position, into, 0, into.byteSize()));
        }

        /** {@return whether a site defined it} */
        public boolean ofSite() {
            return SectionCodec.holds(name);
        }

        SectionHead head(Fault place) throws IOException {
            return SectionCodec.head(name, length, content::read, place);
        }
    }

    /** Reads content. */
    public interface From {
        void read(long position, MemorySegment into) throws IOException;
    }

    /** What precedes the bytes in a chunk that carries a part of a section (section 9). */
    static final int PART_HEADER = 40;

    private static final int NAME_MAX = 256;

    private String name = "image";
    private SectionRegistry known = SectionRegistry.NONE;
    private Optional<Ident.Form> form = Optional.empty();
    private ObjectNode metadata = JsonNodeFactory.instance.objectNode();
    private Capabilities capabilities = Capabilities.none();
    private Optional<ImageCipher> cipher = Optional.empty();
    private byte[] digest = new byte[0];
    private final ProvenanceChain chain = new ProvenanceChain();
    private final List<Note> notes = new ArrayList<>();
    private final List<Part> parts = new ArrayList<>();
    private Optional<Part> chunks = Optional.empty();

    /** The content of the sections that came in chunks, one after the other. */
    private Optional<Spill> carried = Optional.empty();

    /** Where the last one of them begins there. */
    private long carriedFrom;

    /** The number of sections when the last head was looked at. */
    private int headOf;

    private Optional<Spill> loose = Optional.empty();
    private long noteBytes;

    public static NativeExtras of(WriteOptions options) {
        return options.extras() instanceof NativeExtras given ? given : new NativeExtras();
    }

    /**
     * What is kept of the front of a damaged image: how it was encrypted and compressed, so that
     * encrypted memory is not written in plain text. Unknown notes, sections and chunks that are
     * intact are added as they are found; signatures and statements are of the whole content.
     *
     * @param form of the image
     * @param notes that are left of it
     * @param options with its keys
     * @param source names it
     * @throws IOException if the image is encrypted and no key fits
     */
    public static NativeExtras salvaged(
            Ident.Form form, List<Note> notes, ReadOptions options, ByteSource source)
            throws IOException {
        var extras = new NativeExtras();
        extras.form(form);
        extras.name(source.name());
        Fault place = Fault.in(source.name());
        for (Note note : notes) {
            if (!note.owner().equals(Native.OWNER)) continue;
            if (note.type() == Native.NOTE_KEYS) {
                extras.cipher(Optional.of(ImageCipher.open(note, options.keys(), place)));
            } else if (note.type() == Native.NOTE_CAPABILITIES) {
                try {
                    // What cannot be read is left out, so no section keeps the rest from being
                    // read.
                    extras.capabilities(Capabilities.decode(note, SectionRegistry.ALL, place));
                } catch (ImageException e) {
                    // How it was compressed is lost; each chunk tells for itself.
                }
            }
        }
        return extras;
    }

    /** Names the image, for messages. */
    void name(String of) {
        name = of;
    }

    void known(SectionRegistry sections) {
        known = sections;
    }

    @Override
    public SectionRegistry known() {
        return known;
    }

    void form(Ident.Form found) {
        form = Optional.of(found);
    }

    /** How a writer compresses if it has no orders: as the image was, if that had the same form. */
    public boolean zstd(WriteOptions.Compression choice, Ident.Form ours) {
        return switch (choice) {
            case NONE -> false;
            case ZSTD -> true;
            case PREFERRED ->
                    form.equals(Optional.of(ours))
                            ? capabilities.has(Capabilities.ZSTD)
                            : ours == Ident.Form.STREAMING;
        };
    }

    public ObjectNode metadata() {
        return metadata;
    }

    public void metadata(ObjectNode found) {
        metadata = found;
    }

    public Capabilities capabilities() {
        return capabilities;
    }

    public void capabilities(Capabilities found) {
        capabilities = found;
    }

    void cipher(Optional<ImageCipher> found) {
        cipher = found;
    }

    /** What a writer encrypts with: what it was told, else what the image was encrypted with. */
    public Optional<ImageCipher> cipher(WriteOptions options) {
        if (options.encryption().isPresent()) return options.encryption().map(ImageCipher::of);
        return options.readable() ? Optional.empty() : cipher;
    }

    /** The content digest of the image that was read; empty if it is not known yet. */
    public byte[] digest() {
        return digest.clone();
    }

    public void digest(byte[] found) {
        digest = found.clone();
    }

    public ProvenanceChain chain() {
        return chain;
    }

    public List<Note> notes() {
        return Collections.unmodifiableList(notes);
    }

    /** The sections, in order. */
    public List<Part> parts() {
        return Collections.unmodifiableList(parts);
    }

    /** Chunks of unknown kinds, header and all, one after the other. */
    public Optional<Part> chunks() {
        return chunks;
    }

    public void chunks(Part run) {
        chunks = Optional.of(run);
    }

    public void add(Part part) {
        parts.add(part);
    }

    /** Takes a note that is not the reader's own business. */
    public void take(Note note, Fault place) throws ImageException {
        noteBytes += note.encodedLength();
        if (noteBytes > Native.NOTES_MAX) {
            throw new LimitExceeded(
                    place.element("notes")
                            .expected("at most 0x1000000 bytes together")
                            .found(noteBytes));
        }
        if (ProvenanceChain.holds(note)) chain.take(note, place);
        else notes.add(note);
    }

    /** Takes a chunk of a kind that may be ignored and that this release does not know. */
    public void takeChunk(MemorySegment all) throws IOException {
        if (loose.isEmpty()) loose = Optional.of(new Spill());
        loose.get().append(all);
    }

    /** Takes a chunk with a part of a section; the parts of one section follow each other. */
    public void takePart(MemorySegment content, Fault place) throws IOException {
        Fault fault = place.element("chunk with a part of a section");
        if (content.byteSize() < PART_HEADER)
            throw new CorruptImage(fault.field("length").expected("0x28 or more"));
        long offset = content.get(Elf.U64, 0);
        long length = content.get(Elf.U64, 8);
        long nameLength = Integer.toUnsignedLong(content.get(Elf.U32, 36));
        long here = content.byteSize() - PART_HEADER - nameLength;
        if (nameLength == 0 || nameLength > NAME_MAX || here < 0) {
            throw new CorruptImage(
                    fault.field("name_length").expected("1 to 0x100").found(nameLength));
        }
        String name =
                new String(
                        content.asSlice(PART_HEADER, nameLength).toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.ISO_8859_1);
        if (Native.knows(name) || name.indexOf('\0') >= 0) {
            throw new CorruptImage(
                    fault.field("name").expected("a section that is not carried so").found(name));
        }
        MemorySegment bytes = content.asSlice(PART_HEADER + nameLength);
        boolean first = offset == 0;
        if (first && parts.size() == ElfFile.SECTIONS_MAX / 2)
            throw new LimitExceeded(fault.expected("at most 512 sections").found("more"));
        if (carried.isEmpty()) carried = Optional.of(new Spill());
        Spill spill = carried.get();
        if (first) {
            requireWhole(place);
            carriedFrom = spill.length();
        } else if (parts.isEmpty() || !parts.getLast().name().equals(name))
            throw new CorruptImage(fault.field("offset").expected("0").found(offset));
        if (offset != spill.length() - carriedFrom || length < 0 || here > length - offset) {
            throw new CorruptImage(
                    fault.field("offset, length")
                            .expected(
                                    "0x%x, with space for 0x%x bytes"
                                            .formatted(spill.length() - carriedFrom, here))
                            .found("0x%x, 0x%x".formatted(offset, length)));
        }
        spill.append(bytes);
        if (!first) return;
        long from = carriedFrom;
        parts.add(
                new Part(
                        name,
                        content.get(Elf.U32, 32),
                        content.get(Elf.U64, 24),
                        content.get(Elf.U64, 16),
                        length,
                        (position, into) -> spill.read(from + position, into)));
    }

    /** Removes the last section if not all of its parts came, and returns its name. */
    public Optional<String> dropIncomplete() {
        if (carried.isEmpty() || parts.isEmpty()) return Optional.empty();
        if (carried.get().length() - carriedFrom == parts.getLast().length())
            return Optional.empty();
        return Optional.of(parts.removeLast().name());
    }

    /** Refuses a section of which not all parts came. */
    private void requireWhole(Fault place) throws CorruptImage {
        if (carried.isEmpty() || parts.isEmpty()) return;
        long found = carried.get().length() - carriedFrom;
        if (found == parts.getLast().length()) return;
        throw new CorruptImage(
                place.element("section " + parts.getLast().name())
                        .problem("lacks a part")
                        .expected("0x%x bytes".formatted(parts.getLast().length()))
                        .found(found));
    }

    /** Ends what came in chunks. */
    public void finish(Fault place) throws IOException {
        requireWhole(place);
        if (carried.isPresent()) carried.get().flush();
        if (loose.isEmpty()) return;
        Spill spill = loose.get();
        spill.flush();
        chunks =
                Optional.of(
                        new Part(
                                Native.CHUNKS,
                                Elf.SHT_PROGBITS,
                                8,
                                0,
                                spill.length(),
                                spill::read));
    }

    private Fault place() {
        return Fault.in(name);
    }

    @Override
    public List<SectionHead> sectionHeads() throws IOException {
        return heads(parts);
    }

    /** What is known of the sections of sites of which all came: the last one may still be on its way. */
    List<SectionHead> wholeHeads() throws IOException {
        if (carried.isEmpty() || parts.isEmpty()) return heads(parts);
        carried.get().flush();
        boolean open = carried.get().length() - carriedFrom != parts.getLast().length();
        return heads(open ? parts.subList(0, parts.size() - 1) : parts);
    }

    private List<SectionHead> heads(List<Part> of) throws IOException {
        List<SectionHead> heads = new ArrayList<>();
        for (Part part : of) if (part.ofSite()) heads.add(part.head(place()));
        SectionCodec.requireTogether(heads, place());
        return heads;
    }

    @Override
    public List<SiteSection> sections() throws IOException {
        sectionHeads();
        List<SiteSection> all = new ArrayList<>();
        for (Part part : parts)
            if (part.ofSite())
                all.add(
                        SectionCodec.decode(
                                part.name(), part.length(), part.content()::read, cipher, place()));
        return all;
    }

    /** As {@link #requireKnown}, of the last section that came, as soon as its head is here. */
    void requireKnownSoFar(SectionRegistry registry) throws IOException {
        if (carried.isEmpty() || parts.isEmpty() || headOf == parts.size()) return;
        Part part = parts.getLast();
        if (!part.ofSite()) return;
        long here = carried.get().length() - carriedFrom;
        carried.get().flush();
        Optional<SectionHead> head =
                SectionCodec.headWithin(part.name(), here, part.content()::read, place());
        if (head.isEmpty()) return;
        headOf = parts.size();
        if (head.get().mandatory()) Capabilities.requireKnown(head.get().name(), registry, place());
    }

    /** Refuses a mandatory section of a site that the caller does not know. */
    void requireKnown(SectionRegistry known) throws IOException {
        for (SectionHead head : sectionHeads())
            if (head.mandatory()) Capabilities.requireKnown(head.name(), known, place());
    }

    /**
     * The sections as they are written: those of sites as the options say, and compressed and
     * encrypted as the image is. What stays the same keeps its bytes.
     */
    public List<Part> written(WriteOptions options, Chunk.WriteChoice choice) throws IOException {
        boolean edited = options.sections().isPresent();
        if (!edited && parts.stream().noneMatch(Part::ofSite)) return parts();
        boolean sameKey =
                options.encryption().isEmpty() && (!options.readable() || cipher.isEmpty());
        boolean verbatim = sameKey && choice.zstd() == capabilities.has(Capabilities.ZSTD);
        if (!edited && verbatim) return parts();
        List<SiteSection> found = sections();
        List<SiteSection> wanted = edited ? options.sections().orElseThrow().apply(found) : found;
        return written(found, wanted, verbatim, choice);
    }

    /** The sections after a change of those of sites, in the order that they had. */
    public List<Part> written(
            List<SiteSection> found,
            List<SiteSection> wanted,
            boolean verbatim,
            Chunk.WriteChoice choice)
            throws IOException {
        SectionCodec.requireTogether(wanted.stream().map(SiteSection::head).toList(), place());
        SequencedMap<String, SiteSection> left = new LinkedHashMap<>();
        for (SiteSection section : wanted) left.put(SectionCodec.PREFIX + section.name(), section);
        List<Part> all = new ArrayList<>();
        for (Part part : parts) {
            if (!part.ofSite()) {
                all.add(part);
                continue;
            }
            SiteSection now = left.remove(part.name());
            if (now == null) continue;
            all.add(verbatim && found.contains(now) ? part : Part.of(now, choice));
        }
        for (SiteSection section : left.values()) all.add(Part.of(section, choice));
        return all;
    }

    /** The stamps of the sections of sites, which the provenance chain names. */
    public SortedMap<String, String> stamps(List<Part> of) throws IOException {
        var stamps = new TreeMap<String, String>();
        for (SectionHead head : heads(of)) stamps.put(head.name(), head.stamp());
        return stamps;
    }

    /** The names of those sections of sites that a reader must know. */
    public Set<String> mandatory(List<Part> of) throws IOException {
        return heads(of).stream()
                .filter(SectionHead::mandatory)
                .map(SectionHead::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public void check() throws IOException {
        sections();
        for (Part part : parts) check(part);
        if (chunks.isPresent()) check(chunks.get());
    }

    private static void check(Part part) throws IOException {
        MemorySegment piece = Arena.ofAuto().allocate(Native.PIECE, 64);
        for (long at = 0; at < part.length(); at += Native.PIECE)
            part.content().read(at, piece.asSlice(0, Math.min(Native.PIECE, part.length() - at)));
    }

    @Override
    public int statements() {
        return chain.statements().size();
    }

    /**
     * The chain as it is written, with the statement that it needs to continue, or that was asked
     * for.
     */
    public List<Statement> chainWith(
            WriteOptions options, byte[] now, long length, List<Part> written) throws IOException {
        SortedMap<String, String> stamps = stamps(written);
        List<Statement> all = new ArrayList<>(chain.statements());
        Statement.Draft draft =
                options.statement()
                        .map(Supplier::get)
                        .orElseGet(() -> new Statement.Draft("rewrite", List.of(), "", "", ""));
        String content = SeekableStream.hex(now);
        boolean wanted =
                switch (options.chain()) {
                    case END -> {
                        all.clear();
                        yield false;
                    }
                    case BEGIN -> true;
                    case CONTINUE ->
                            !all.isEmpty()
                                    && (!draft.policies().isEmpty()
                                            || !all.getLast().text("digest").equals(content)
                                            || !all.getLast().sections().equals(stamps));
                };
        if (wanted) {
            Optional<String> input =
                    digest.length == 0 ? Optional.empty() : Optional.of(SeekableStream.hex(digest));
            all.add(Statement.after(chain.last(), draft, content, length, input, stamps));
        }
        return all;
    }

    /** A chunk's content with a part of a section. */
    public static MemorySegment part(Part part, long offset, int bytes) throws IOException {
        byte[] name = part.name().getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment content = MemorySegment.ofArray(new byte[PART_HEADER + name.length + bytes]);
        content.set(Elf.U64, 0, offset);
        content.set(Elf.U64, 8, part.length());
        content.set(Elf.U64, 16, part.entryLength());
        content.set(Elf.U64, 24, part.alignment());
        content.set(Elf.U32, 32, part.type());
        content.set(Elf.U32, 36, name.length);
        MemorySegment.copy(MemorySegment.ofArray(name), 0, content, PART_HEADER, name.length);
        MemorySegment buffer = Arena.ofAuto().allocate(Math.max(1, bytes)).asSlice(0, bytes);
        part.content().read(offset, buffer);
        MemorySegment.copy(buffer, 0, content, PART_HEADER + name.length, bytes);
        return content;
    }

    @Override
    public void close() throws IOException {
        if (carried.isPresent()) carried.get().close();
        if (loose.isPresent()) loose.get().close();
    }
}
