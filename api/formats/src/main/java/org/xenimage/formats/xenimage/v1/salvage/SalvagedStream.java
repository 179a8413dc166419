package org.xenimage.formats.xenimage.v1.salvage;

import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.Note;
import org.xenimage.formats.salvage.EnclosingImage;
import org.xenimage.formats.salvage.StreamSalvage;
import org.xenimage.formats.xenimage.v1.Ident;
import org.xenimage.formats.xenimage.v1.MetadataText;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.read.NativeExtras;
import org.xenimage.formats.xenimage.v1.seal.ProvenanceChain;
import org.xenimage.image.element.GuestType;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.SalvageLog;
import org.xenimage.image.spi.WriteOptions;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/** A damaged image in the streaming form: its stream, as far as the chunks are intact. */
public final class SalvagedStream implements EnclosingImage {
    private static final int FRONT = 4096;

    private final ByteSource source;
    private final Optional<Ident> ident;
    private final SalvagedChunks chunks;
    private final NativeExtras extras;

    private SalvagedStream(
            ByteSource source, Optional<Ident> ident, SalvagedChunks chunks, NativeExtras extras) {
        this.source = source;
        this.ident = ident;
        this.chunks = chunks;
        this.extras = extras;
    }

    public static Optional<ImageReader> open(
            ImageFormat format, ByteSource source, ReadOptions options, SalvageLog log)
            throws IOException {
        Optional<FileChannel> file = source.file();
        if (file.isEmpty()) return Optional.empty();
        List<Note> notes = notes(file.get(), FRONT);
        Optional<Ident> ident = ident(notes, source.name());
        if (ident.isEmpty()) log.lost(0, Math.min(FRONT, file.get().size()), "the identification");
        NativeExtras extras = NativeExtras.salvaged(Ident.Form.STREAMING, notes, options, source);
        var origin = new Chunk.Origin(Native.STREAM, extras.cipher(WriteOptions.DEFAULT));
        Fault place = Fault.in(source.name());
        var chunks =
                SalvagedChunks.scan(
                        source.name(),
                        file.get(),
                        FRONT,
                        file.get().size(),
                        origin,
                        log,
                        (chunk, at, content, all) ->
                                keep(extras, chunk, place.at(at), content, all, log));
        long end = file.get().size();
        extras.dropIncomplete().ifPresent(name -> log.lost(end, 0, incomplete(name)));
        extras.finish(place);
        try {
            if (chunks.metadata().byteSize() > 0)
                extras.metadata(MetadataText.decode(chunks.metadata(), place));
        } catch (ImageException e) {
            log.lost(0, 0, "the metadata: " + e.fault().message());
        }
        if (ident.isEmpty() && chunks.count() == 0) return Optional.empty();
        if (!chunks.ended())
            log.lost(
                    file.get().size(),
                    0,
                    "the chunks after the end of the file, if there were any");
        return Optional.of(
                new StreamSalvage(
                        format, chunks, new SalvagedStream(source, ident, chunks, extras), log));
    }

    /** Keeps what this release does not know, and says what of the chain is not kept. */
    private static void keep(
            NativeExtras extras,
            Chunk chunk,
            Fault place,
            MemorySegment content,
            MemorySegment all,
            SalvageLog log)
            throws IOException {
        long at = place.offset();
        try {
            switch (chunk.kind()) {
                case Chunk.DIGEST -> {}
                case Chunk.NOTE -> {
                    for (Note note : Note.parse(content, place)) {
                        if (ProvenanceChain.holds(note)) log.lost(at, 0, SalvagedImage.chain(note));
                        else extras.take(note, place);
                    }
                }
                case Chunk.PART -> {
                    boolean first = content.byteSize() >= 8 && content.get(Elf.U64, 0) == 0;
                    if (first)
                        extras.dropIncomplete()
                                .ifPresent(name -> log.lost(at, 0, incomplete(name)));
                    extras.takePart(content, place);
                }
                default -> {
                    if (chunk.optional()) extras.takeChunk(all);
                    else
                        log.lost(at, all.byteSize(), "a chunk of the unknown kind " + chunk.kind());
                }
            }
        } catch (ImageException e) {
            log.lost(at, all.byteSize(), e.fault().message());
        }
    }

    private static String incomplete(String section) {
        return "section %s, of which parts are missing".formatted(section);
    }

    /** The notes of Xenimage near the front of a file, found by the owner, wherever the headers say they are. */
    static List<Note> notes(FileChannel file, long within) throws IOException {
        long length = Math.min(within, file.size());
        MemorySegment front = Arena.ofAuto().allocate(Math.max(1, length), 8).asSlice(0, length);
        Spill.readAt(file, 0, front);
        for (long at = Elf.HEADER_LENGTH; at + 28 <= length; at += 4) {
            if (front.get(Elf.U32, at) != 9
                    || front.get(Elf.U32, at + 8) != Native.NOTE_IDENT
                    || front.get(Elf.U64, at + 12) != Native.MAGIC) continue;
            List<Note> notes = new ArrayList<>();
            while (at + 24 <= length
                    && front.get(Elf.U32, at) == 9
                    && front.get(Elf.U64, at + 12) == Native.MAGIC) {
                long bytes = Integer.toUnsignedLong(front.get(Elf.U32, at + 4));
                long next = at + 24 + Native.aligned(bytes, 4);
                if (next > length) break;
                notes.add(
                        new Note(
                                Native.OWNER,
                                front.get(Elf.U32, at + 8),
                                at + 24,
                                front.asSlice(at + 24, bytes).asReadOnly()));
                at = next;
            }
            return notes;
        }
        return List.of();
    }

    static Optional<Ident> ident(List<Note> notes, String name) {
        try {
            return notes.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Ident.decode(notes.getFirst(), Fault.in(name)));
        } catch (ImageException e) {
            return Optional.empty();
        }
    }

    /** The libxc header of a guest, from the identification: all fields except reserved ones. */
    static Optional<LibxcHeader> header(Ident ident) {
        Optional<GuestType> guest =
                switch (ident.guest()) {
                    case PV -> Optional.of(GuestType.PV);
                    case HVM, PVH -> Optional.of(GuestType.HVM);
                    case UNKNOWN -> Optional.empty();
                };
        int version = ident.libxcVersion();
        if (version < LibxcHeader.VERSION_MIN || version > LibxcHeader.VERSION_MAX)
            return Optional.empty();
        return guest.map(type ->
                new LibxcHeader(
                        Fault.NO_OFFSET,
                        version,
                        (short) (ident.bigEndianEntries() ? 1 : 0),
                        (short) 0,
                        0,
                        type.code(),
                        (short) LibxcHeader.PAGE_SHIFT,
                        (short) 0,
                        ident.xenMajor(),
                        ident.xenMinor()));
    }

    static SequencedMap<String, String> metadata(MemorySegment json, String name) {
        try {
            return MetadataText.texts(MetadataText.decode(json, Fault.in(name)));
        } catch (ImageException e) {
            return new TreeMap<>(); // they are damaged, too: what they said is lost
        }
    }

    @Override
    public Optional<LibxcHeader> header() {
        return ident.flatMap(SalvagedStream::header);
    }

    @Override
    public SequencedMap<String, String> metadata() {
        return metadata(chunks.metadata(), source.name());
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
