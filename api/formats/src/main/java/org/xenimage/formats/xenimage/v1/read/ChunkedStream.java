package org.xenimage.formats.xenimage.v1.read;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.xenimage.v1.Capabilities;
import org.xenimage.formats.xenimage.v1.Ident;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.seal.ContentDigest;
import org.xenimage.formats.xenimage.v1.seal.ImageCipher;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.fault.UnsupportedRecord;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The stream of an image in the streaming form, chunk by chunk (section 9). Memory: two pieces. */
public final class ChunkedStream implements ByteSource {
    private static final int FRONT = 4096;

    /** Which section the notes are. */
    private static final int NOTES_INDEX = 2;

    private static final long COPY_STEP = 1L << 30;

    private final ByteSource source;
    private final Ident ident;
    private final List<Container.Section> sections;
    private final ContentDigest digest = new ContentDigest();
    private final MemorySegment header = Arena.ofAuto().allocate(Chunk.HEADER_LENGTH, 8);
    private final MemorySegment piece = Arena.ofAuto().allocate(Native.PIECE, 64);
    private MemorySegment stored =
            Arena.ofAuto().allocate(Chunk.HEADER_LENGTH + Native.PIECE + 4096L, 8);
    private int pieceLength;
    private int pieceAt;
    private long position;
    private boolean ended;
    private boolean cut;
    private byte[] found = new byte[0];
    private byte[] descriptor = new byte[0];
    private final NativeExtras extras;
    private final Optional<Note> keys;
    private final Optional<ImageCipher> cipher;
    private final MemorySegment front;
    private final SectionRegistry known;

    /** Takes every byte that is read, but for the empty chunk at the end. */
    private Optional<ByteSink> copy = Optional.empty();

    private MemorySegment end = MemorySegment.NULL;

    private ChunkedStream(
            ByteSource source,
            Ident ident,
            List<Container.Section> sections,
            NativeExtras extras,
            Optional<Note> keys,
            Optional<ImageCipher> cipher,
            MemorySegment front,
            SectionRegistry known) {
        this.known = known;
        this.front = front;
        this.keys = keys;
        this.cipher = cipher;
        this.source = source;
        this.ident = ident;
        this.sections = sections;
        this.extras = extras;
    }

    public static ChunkedStream open(ByteSource source) throws IOException {
        return open(source, ReadOptions.DEFAULT);
    }

    public static ChunkedStream open(ByteSource source, ReadOptions options) throws IOException {
        MemorySegment front = Arena.ofAuto().allocate(FRONT, 8);
        Fault fault = Fault.in(source.name()).at(0).element("ELF header");
        if (source.read(front) < FRONT) {
            throw new TruncatedImage(
                    fault.problem("is truncated").expected("0x1000 bytes before the first chunk"));
        }
        if (!Native.recognises(front) || !Native.streaming(front) || front.get(Elf.U16, 60) < 3) {
            throw new CorruptImage(fault.expected("an image in the streaming form"));
        }
        List<Container.Section> sections = sections(front, source.name());
        MemorySegment noted = content(front, NOTES_INDEX, source.name());
        Fault place =
                Fault.in(source.name())
                        .at(sections.get(NOTES_INDEX - 1).offset())
                        .element("section " + Native.NOTES);
        List<Note> notes = Note.parse(noted, place);
        if (notes.isEmpty())
            throw new CorruptImage(place.problem("is empty").expected("the note IDENT"));
        Ident ident = Ident.decode(notes.getFirst(), place);
        var extras = new NativeExtras();
        extras.name(source.name());
        extras.form(Ident.Form.STREAMING);
        extras.known(options.sections());
        Optional<Note> keys = Optional.empty();
        for (Note note : notes.subList(1, notes.size())) {
            if (note.owner().equals(Native.OWNER) && note.type() == Native.NOTE_CAPABILITIES)
                extras.capabilities(Capabilities.decode(note, options.sections(), place));
            else if (note.owner().equals(Native.OWNER) && note.type() == Native.NOTE_KEYS)
                keys = Optional.of(note);
            else extras.take(note, place);
        }
        ident.confirmedBy(extras.capabilities(), place);
        Optional<ImageCipher> cipher =
                keys.isPresent() && !options.keys().isEmpty()
                        ? Optional.of(ImageCipher.open(keys.get(), options.keys(), place))
                        : Optional.empty();
        extras.cipher(cipher);
        return new ChunkedStream(
                source, ident, sections, extras, keys, cipher, front, options.sections());
    }

    /** The sections after the empty one; the last begins after the front and has no length yet. */
    private static List<Container.Section> sections(MemorySegment front, String name)
            throws CorruptImage {
        ElfHeader header = ElfHeader.decode(front);
        long count = header.sectionCount();
        long namesIndex = header.names();
        Fault fault = Fault.in(name).at(ElfHeader.SHNUM).element("ELF header");
        if (count > FRONT / Elf.SECTION_LENGTH - 1 || namesIndex >= count) {
            throw new CorruptImage(
                    fault.field("e_shnum, e_shstrndx")
                            .expected("a section table within 0x1000 bytes")
                            .found("%d, %d".formatted(count, namesIndex)));
        }
        MemorySegment names = content(front, namesIndex, name);
        List<Container.Section> sections = new ArrayList<>();
        for (long i = 1; i < count; i++) {
            long at = Elf.HEADER_LENGTH + i * Elf.SECTION_LENGTH;
            long nameAt = ElfSection.nameOffset(front, at);
            ElfSection section = ElfSection.decode(front, at);
            if (section.length() != 0) content(front, i, name);
            sections.add(
                    new Container.Section(
                            text(names, nameAt, Fault.in(name).at(at).element("section " + i)),
                            section.offset(),
                            section.length()));
        }
        return List.copyOf(sections);
    }

    /** What a section within the front holds; the one way to it, since the header may claim any place. */
    private static MemorySegment content(MemorySegment front, long index, String name)
            throws CorruptImage {
        long at = Elf.HEADER_LENGTH + index * Elf.SECTION_LENGTH;
        long offset = ElfSection.decode(front, at).offset();
        long length = ElfSection.decode(front, at).length();
        if (offset < 0 || length < 0 || offset > FRONT || length > FRONT - offset) {
            throw new CorruptImage(
                    Fault.in(name)
                            .at(at)
                            .element("section " + index)
                            .field("sh_offset, sh_size")
                            .expected("within 0x1000 bytes")
                            .found("0x%x, 0x%x".formatted(offset, length)));
        }
        return front.asSlice(offset, length);
    }

    private static String text(MemorySegment names, long at, Fault fault) throws CorruptImage {
        long end = at;
        while (end < names.byteSize() && names.get(ValueLayout.JAVA_BYTE, end) != 0) end++;
        if (end >= names.byteSize()) {
            throw new CorruptImage(
                    fault.field("sh_name").expected("a name in .shstrtab").found(at));
        }
        return new String(
                names.asSlice(at, end - at).toArray(ValueLayout.JAVA_BYTE),
                StandardCharsets.US_ASCII);
    }

    public Ident ident() {
        return ident;
    }

    /**
     * The description of the image read so far; before anything was read, that before the first
     * content.
     */
    public Container container() throws IOException {
        if (position == 0 && pieceLength == 0 && !ended && !(keys.isPresent() && cipher.isEmpty()))
            nextPiece();
        Optional<Container.Digest> stated =
                descriptor.length < ContentDigest.DESCRIPTOR_LENGTH
                        ? Optional.empty()
                        : Optional.of(ContentDigest.stated(MemorySegment.ofArray(descriptor)));
        return new Container(
                ident.version(),
                "streaming",
                ident.partial(),
                extras.capabilities().listed(),
                extras.metadata().deepCopy(),
                stated,
                sections,
                extras.wholeHeads());
    }

    /** Refuses to continue without the key of an encrypted image. */
    public void requireKey() throws IOException {
        if (keys.isPresent() && cipher.isEmpty())
            ImageCipher.open(keys.get(), List.of(), Fault.in(source.name()).at(FRONT));
    }

    /**
     * Copies the image while it is read, as {@link ImageReader#copyTo} says; the same content may be compressed and
     * encrypted in many ways, so writing it again gives different bytes.
     */
    public Optional<ImageReader.Copy> copyTo(ByteSink sink) throws IOException {
        if (source.position() != FRONT) return Optional.empty();
        sink.write(front);
        copy = Optional.of(sink);
        return Optional.of(() -> {
            sink.write(end);
            while (source.moveTo(sink, COPY_STEP) == COPY_STEP) {}
        });
    }

    /** What was read apart from the stream so far. */
    public NativeExtras extras() {
        return extras;
    }

    /** Reads chunks up to the next one with content; false at the end. */
    private boolean nextPiece() throws IOException {
        while (!ended) {
            long at = source.position();
            Fault place = Fault.in(source.name()).at(at);
            if (source.read(header) < Chunk.HEADER_LENGTH) return cutShort();
            Chunk chunk = Chunk.decode(header, place);
            long length = Chunk.HEADER_LENGTH + (long) chunk.stored();
            if (length > stored.byteSize()) stored = Arena.ofAuto().allocate(length, 8);
            MemorySegment all = stored.asSlice(0, length);
            MemorySegment.copy(header, 0, all, 0, Chunk.HEADER_LENGTH);
            if (source.read(all.asSlice(Chunk.HEADER_LENGTH)) < chunk.stored()) return cutShort();
            if (copy.isPresent()) {
                if (chunk.kind() == Chunk.END) end = all;
                else copy.get().write(all);
            }
            if (chunk.kind() == Chunk.CONTENT) {
                if (chunk.position() != position + pieceLength - pieceAt || chunk.length() == 0) {
                    throw new CorruptImage(
                            place.element("chunk")
                                    .field("position")
                                    .expected("0x" + Long.toHexString(position))
                                    .found(chunk.position())
                                    .remedy("a chunk is missing or appears twice"));
                }
                chunk.content(all, piece, origin(), place);
                pieceLength = chunk.length();
                pieceAt = 0;
                return true;
            }
            other(chunk, all, place);
        }
        return false;
    }

    /**
     * Moves to the end by the headers of the chunks; their content is skipped, except for what is
     * apart from the stream.
     */
    public void passOver() throws IOException {
        while (!ended) {
            Fault place = Fault.in(source.name()).at(source.position());
            if (source.read(header) < Chunk.HEADER_LENGTH) break;
            Chunk chunk = Chunk.decode(header, place);
            if (chunk.kind() == Chunk.CONTENT) {
                source.skip(chunk.stored());
                continue;
            }
            MemorySegment all =
                    Arena.ofAuto().allocate(Chunk.HEADER_LENGTH + (long) chunk.stored(), 8);
            MemorySegment.copy(header, 0, all, 0, Chunk.HEADER_LENGTH);
            if (source.read(all.asSlice(Chunk.HEADER_LENGTH)) < chunk.stored()) break;
            other(chunk, all, place);
        }
        extras.finish(Fault.in(source.name()).at(source.position()));
        extras.requireKnown(known);
    }

    private Chunk.Origin origin() {
        return new Chunk.Origin(Native.STREAM, cipher);
    }

    private boolean cutShort() {
        ended = true;
        cut = true;
        return false;
    }

    private void other(Chunk chunk, MemorySegment all, Fault place) throws IOException {
        MemorySegment content =
                Arena.ofAuto().allocate(Math.max(1, chunk.length()), 8).asSlice(0, chunk.length());
        chunk.content(all, content, origin(), place);
        switch (chunk.kind()) {
            case Chunk.END -> ended = true;
            case Chunk.DIGEST -> {
                descriptor =
                        content.asSlice(
                                        0,
                                        Math.min(
                                                content.byteSize(),
                                                ContentDigest.DESCRIPTOR_LENGTH))
                                .toArray(ValueLayout.JAVA_BYTE);
                if (descriptor.length == ContentDigest.DESCRIPTOR_LENGTH)
                    extras.digest(Arrays.copyOfRange(descriptor, 16, descriptor.length));
            }
            case Chunk.METADATA ->
                    extras.metadata(
                            MetadataText.decode(content, place.element("chunk of metadata")));
            case Chunk.NOTE -> {
                for (Note note : Note.parse(content, place)) extras.take(note, place);
            }
            case Chunk.PART -> {
                extras.takePart(content, place);
                extras.requireKnownSoFar(known);
            }
            default -> {
                if (!chunk.optional()) {
                    throw new UnsupportedRecord(
                            place.element("chunk")
                                    .field("kind")
                                    .expected("0 to 3, or 0x80 and above")
                                    .found(chunk.kind())
                                    .remedy("use a newer xenimage"));
                }
                extras.takeChunk(all);
            }
        }
    }

    /** Checks, after the stream ended, that its container ended too, with the right digest. */
    public void checkEnd(StreamEnd.Ending ending) throws IOException {
        while (nextPiece()) pieceAt = pieceLength;
        Fault place = Fault.in(source.name()).at(source.position());
        if (cut) {
            if (ending == StreamEnd.Ending.SENDER_GONE) return;
            throw new TruncatedImage(
                    place.element("chunk")
                            .problem("is missing")
                            .expected("chunks up to the empty chunk")
                            .found("the end of the source")
                            .remedy(TruncatedImage.REMEDY));
        }
        extras.finish(place);
        extras.requireKnown(known);
        found = digest.finish();
        if (descriptor.length < ContentDigest.DESCRIPTOR_LENGTH
                || !Arrays.equals(descriptor, ContentDigest.descriptor(position, found))) {
            throw new CorruptImage(
                    place.element("chunk DIGEST")
                            .field("digest")
                            .expected(SeekableStream.hex(descriptor))
                            .found(SeekableStream.hex(ContentDigest.descriptor(position, found)))
                            .remedy("the content is not what was saved; do not restore it"));
        }
    }

    @Override
    public long read(MemorySegment into) throws IOException {
        long done = 0;
        while (done < into.byteSize()) {
            long got = some(into.asSlice(done));
            if (got == 0) break;
            done += got;
        }
        return done;
    }

    private long some(MemorySegment into) throws IOException {
        if (into.byteSize() == 0) return 0;
        if (pieceAt == pieceLength && !nextPiece()) return 0;
        long step = Math.min(into.byteSize(), pieceLength - pieceAt);
        MemorySegment bytes = piece.asSlice(pieceAt, step);
        MemorySegment.copy(bytes, 0, into, 0, step);
        taken(bytes);
        return step;
    }

    private void taken(MemorySegment bytes) throws IOException {
        digest.update(bytes);
        pieceAt += (int) bytes.byteSize();
        position += bytes.byteSize();
    }

    @Override
    public long readSome(MemorySegment into) throws IOException {
        return some(into);
    }

    @Override
    public long skip(long bytes) throws IOException {
        long done = 0;
        while (done < bytes) {
            if (pieceAt == pieceLength && !nextPiece()) break;
            long step = Math.min(bytes - done, pieceLength - pieceAt);
            taken(piece.asSlice(pieceAt, step));
            done += step;
        }
        return done;
    }

    @Override
    public long moveTo(ByteSink sink, long bytes) throws IOException {
        long done = 0;
        while (done < bytes) {
            if (pieceAt == pieceLength && !nextPiece()) break;
            MemorySegment step =
                    piece.asSlice(pieceAt, Math.min(bytes - done, pieceLength - pieceAt));
            sink.write(step);
            taken(step);
            done += step.byteSize();
        }
        return done;
    }

    @Override
    public MemorySegment peek(int bytes) throws IOException {
        if (position != 0) throw new IllegalStateException("peek after reading");
        if (pieceAt == pieceLength && !nextPiece()) return MemorySegment.NULL;
        return piece.asSlice(0, Math.min(bytes, pieceLength)).asReadOnly();
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.empty();
    }

    @Override
    public void close() throws IOException {
        digest.close();
        extras.close();
        source.close();
    }
}
