package org.xenimage.formats.xenimage.v1.write;

import org.xenimage.formats.core.GuestFacts;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.elf.SectionTable;
import org.xenimage.formats.xenimage.v1.Capabilities;
import org.xenimage.formats.xenimage.v1.Ident;
import org.xenimage.formats.xenimage.v1.Identification;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.StreamFormat;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.chunk.ChunkRun;
import org.xenimage.formats.xenimage.v1.read.NativeExtras;
import org.xenimage.formats.xenimage.v1.seal.ContentDigest;
import org.xenimage.formats.xenimage.v1.seal.ProvenanceChain;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.UnsupportedRecord;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.record.Layer;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes the streaming form (section 9): each element is with the operating system when {@link #accept} returns, except
 * the headers, which wait for the record that identifies the guest.
 *
 * <p>Memory: the headers, at most 17 MiB, and eight pieces.
 */
public final class StreamingWriter implements ImageWriter {
    private static final int FRONT = 4096;

    private final ByteSink sink;
    private final WriteOptions options;
    private final Chunk.WriteChoice choice;
    private final NativeExtras extras;
    private final GuestFacts facts = new GuestFacts();
    private final ContentDigest digest = new ContentDigest();
    private final ChunkRun chunks;
    private final PieceSink pieces = new PieceSink();
    private Optional<ImageWriter> inner = Optional.empty();
    private byte[] metadata = new byte[0];
    private boolean begun;
    private boolean ended;

    public StreamingWriter(ByteSink sink, WriteOptions options) {
        this.sink = sink;
        this.options = options;
        this.extras = NativeExtras.of(options);
        this.choice =
                new Chunk.WriteChoice(
                        extras.zstd(options.compression(), Ident.Form.STREAMING),
                        options.level(),
                        extras.cipher(options));
        this.chunks = new ChunkRun(choice, Native.STREAM, sink::write);
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        facts.observe(element);
        if (inner.isEmpty()) {
            if (facts.outermostLayer().isEmpty()) throw StreamFormat.headless(sink.name(), element);
            inner = Optional.of(StreamFormat.writer(facts.outermostLayer().get(), pieces));
        }
        if (!begun && facts.identified()) begin();
        inner.get().accept(element);
        digest.settle();
        if (begun) pieces.flush();
    }

    private void begin() throws IOException {
        begun = true;
        sink.write(front());
        metadata = metadata();
        write(Chunk.METADATA, metadata);
    }

    private byte[] metadata() {
        return MetadataText.of(
                        extras.metadata(), facts, options.metadata(), Optional.empty(), List.of())
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    private void write(int kind, byte[] bytes) throws IOException {
        sink.write(Chunk.encode(kind, MemorySegment.ofArray(bytes)));
    }

    private MemorySegment front() {
        Capabilities capabilities = Capabilities.none();
        boolean partial =
                options.metadata().containsKey(Container.PARTIAL)
                        || extras.metadata().has(Container.PARTIAL);
        if (partial) capabilities = capabilities.with(Capabilities.PARTIAL, true);
        if (choice.zstd()) capabilities = capabilities.with(Capabilities.ZSTD, true);
        if (choice.cipher().isPresent())
            capabilities = capabilities.with(Capabilities.ENCRYPTED, true);
        if (facts.outermostLayer().equals(Optional.of(Layer.LIBVIRT)))
            capabilities = capabilities.with(Capabilities.LIBVIRT, true);
        if (facts.outermostLayer().equals(Optional.of(Layer.XENOPSD)))
            capabilities = capabilities.with(Capabilities.XENOPSD, true);
        if (facts.core()) capabilities = capabilities.with(Capabilities.DUMP_CORE, false);
        capabilities =
                capabilities
                        .withUnknown(extras.capabilities())
                        .withSections(extras.capabilities().sections());
        Ident ident = Identification.of(facts, Ident.Form.STREAMING, 0, 0).withPartial(partial);
        List<Note> own = new ArrayList<>(List.of(ident.note(), capabilities.note()));
        choice.cipher().ifPresent(cipher -> own.add(cipher.keys()));
        byte[] notes = Note.encode(own);
        byte[] names = SectionTable.names(List.of(".shstrtab", Native.NOTES, Native.STREAM));
        long table = Elf.HEADER_LENGTH;
        long namesAt = table + 4L * Elf.SECTION_LENGTH;
        long notesAt = Native.aligned(namesAt + names.length, 4);
        List<ElfSection> sections =
                List.of(
                        new ElfSection(".shstrtab", Elf.SHT_STRTAB, namesAt, names.length, 1, 0),
                        new ElfSection(Native.NOTES, Elf.SHT_NOTE, notesAt, notes.length, 4, 0),
                        new ElfSection(Native.STREAM, Elf.SHT_PROGBITS, FRONT, 0, 8, 0));
        ElfHeader header =
                ElfHeader.core(ident.machine())
                        .withEntry(Native.MAGIC)
                        .withSections(table, sections.size() + 1, 1);
        MemorySegment front = Arena.ofAuto().allocate(FRONT, 8);
        front.copyFrom(header.encode());
        front.asSlice(table).copyFrom(SectionTable.encode(SectionTable.first(0), sections));
        MemorySegment.copy(MemorySegment.ofArray(names), 0, front, namesAt, names.length);
        MemorySegment.copy(MemorySegment.ofArray(notes), 0, front, notesAt, notes.length);
        return front;
    }

    @Override
    public void end() throws IOException {
        if (ended) return;
        ended = true;
        if (inner.isPresent()) inner.get().end();
        if (!begun) begin();
        pieces.flush();
        byte[] found = digest.finish();
        extras(found);
        write(Chunk.DIGEST, ContentDigest.descriptor(digest.length(), found));
        sink.write(Chunk.encode(Chunk.END, MemorySegment.NULL));
    }

    /** What is apart from the stream and was not known when the first content was written. */
    private void extras(byte[] found) throws IOException {
        List<NativeExtras.Part> sections = extras.written(options, choice);
        requirePromised(extras.mandatory(sections));
        byte[] last = metadata();
        if (!Arrays.equals(last, metadata)) write(Chunk.METADATA, last);
        for (Note note : extras.notes()) write(Chunk.NOTE, note.encode());
        for (Note note :
                ProvenanceChain.notes(extras.chainWith(options, found, digest.length(), sections)))
            write(Chunk.NOTE, note.encode());
        for (NativeExtras.Part part : sections) {
            long at = 0;
            do {
                int bytes = (int) Math.min(Native.PIECE, part.length() - at);
                sink.write(Chunk.encode(Chunk.PART, NativeExtras.part(part, at, bytes)));
                at += bytes;
            } while (at < part.length());
        }
        if (extras.chunks().isPresent()) copy(extras.chunks().get());
    }

    /** The front said which sections a reader must know, and cannot be changed any more. */
    private void requirePromised(Set<String> mandatory) throws UnsupportedRecord {
        Set<String> promised = extras.capabilities().sections();
        var changed = new TreeSet<>(mandatory);
        changed.addAll(promised);
        changed.removeIf(name -> mandatory.contains(name) && promised.contains(name));
        if (changed.isEmpty()) return;
        throw new UnsupportedRecord(
                Fault.in(sink.name())
                        .element("section " + changed.first())
                        .problem(
                                "is mandatory, and the streaming form names mandatory sections before"
                                        + " its pages, so that they cannot be added or dropped here")
                        .remedy("write to a file, or make the section optional"));
    }

    private void copy(NativeExtras.Part chunks) throws IOException {
        MemorySegment buffer = Arena.ofAuto().allocate(Native.PIECE, 64);
        for (long at = 0; at < chunks.length(); at += Native.PIECE) {
            MemorySegment piece = buffer.asSlice(0, Math.min(Native.PIECE, chunks.length() - at));
            chunks.content().read(at, piece);
            sink.write(piece);
        }
    }

    @Override
    public void close() throws IOException {
        chunks.close();
        digest.close();
        sink.close();
    }

    /** Cuts the stream into chunks. */
    private final class PieceSink implements ByteSink {
        private int held;
        private long start;

        @Override
        public String name() {
            return sink.name();
        }

        @Override
        public long position() {
            return start + held;
        }

        @Override
        public void write(MemorySegment... segments) throws IOException {
            for (MemorySegment bytes : segments) {
                digest.updateShared(bytes);
                for (long done = 0; done < bytes.byteSize(); ) {
                    long step = Math.min(bytes.byteSize() - done, Native.PIECE - held);
                    MemorySegment.copy(bytes, done, chunks.input(), held, step);
                    held += (int) step;
                    done += step;
                    if (held == Native.PIECE) cut();
                }
            }
        }

        private void cut() throws IOException {
            if (held == 0) return;
            if (!begun) begin();
            chunks.submit(start, held);
            start += held;
            held = 0;
        }

        void flush() throws IOException {
            cut();
            chunks.flush();
        }

        @Override
        public void close() {}
    }
}
