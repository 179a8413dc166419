package org.xenimage.formats.xenimage.v1.read;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.seal.ImageCipher;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * The content of a section, whether it is stored unchanged or in chunks. Not safe for use by
 * several threads.
 */
sealed interface Stored {
    /** {@return the bytes of the content} */
    long length();

    /** Reads content; the caller stays within {@link #length}. */
    void read(long position, MemorySegment into) throws IOException;

    /** Stored uncompressed, under the checksums of the file. */
    record Raw(ElfSection section, Sums.Cursor cursor) implements Stored {
        @Override
        public long length() {
            return section.length();
        }

        @Override
        public void read(long position, MemorySegment into) throws IOException {
            cursor.read(section.offset() + position, into);
        }
    }

    /** Stored in chunks of one piece each. */
    final class Chunked implements Stored {
        private final ElfFile file;
        private final ElfSection section;
        private final Chunk.Origin origin;
        private final long[] offsets;
        private final long length;
        private final MemorySegment piece = Arena.ofAuto().allocate(Native.PIECE, 64);
        private long held = -1;

        Chunked(
                ElfFile file,
                ElfSection section,
                Optional<ImageCipher> cipher,
                long[] offsets,
                long length) {
            this.origin = new Chunk.Origin(section.name(), cipher);
            this.file = file;
            this.section = section;
            this.offsets = offsets;
            this.length = length;
        }

        /** Finds the chunks by their headers, one after the other. */
        static Chunked scan(ElfFile file, ElfSection section, Optional<ImageCipher> cipher)
                throws IOException {
            long[] offsets = new long[16];
            int count = 0;
            long length = 0;
            long at = section.offset();
            MemorySegment header = Arena.ofAuto().allocate(Chunk.HEADER_LENGTH, 8);
            while (true) {
                Fault place = Fault.in(file.name()).at(at);
                if (at > section.end() - Chunk.HEADER_LENGTH) {
                    throw new CorruptImage(
                            place.element("section " + section.name())
                                    .problem("has no empty chunk at its end"));
                }
                file.read(at, header);
                Chunk chunk = Chunk.decode(header, place);
                if (chunk.kind() == Chunk.END)
                    return new Chunked(
                            file, section, cipher, Arrays.copyOf(offsets, count), length);
                if (chunk.kind() != Chunk.CONTENT
                        || chunk.position() != (long) count * Native.PIECE) {
                    throw new CorruptImage(
                            place.element("chunk")
                                    .field("kind, position")
                                    .expected("1, 0x%x".formatted((long) count * Native.PIECE))
                                    .found("%d, 0x%x".formatted(chunk.kind(), chunk.position())));
                }
                if (count == offsets.length) offsets = Arrays.copyOf(offsets, count * 2);
                offsets[count++] = at;
                length += chunk.length();
                at += Chunk.HEADER_LENGTH + (long) chunk.stored();
            }
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public void read(long position, MemorySegment into) throws IOException {
            long done = 0;
            while (done < into.byteSize()) {
                long number = (position + done) / Native.PIECE;
                long within = (position + done) % Native.PIECE;
                load(number);
                long step = Math.min(into.byteSize() - done, Native.PIECE - within);
                MemorySegment.copy(piece, within, into, done, step);
                done += step;
            }
        }

        private void load(long number) throws IOException {
            if (held == number) return;
            held = -1;
            long at = offsets[Math.toIntExact(number)];
            Fault place = Fault.in(file.name()).at(at);
            if (at < section.offset() || at > section.end() - Chunk.HEADER_LENGTH) {
                throw new CorruptImage(
                        place.element("index")
                                .expected("an offset in section " + section.name())
                                .found(at));
            }
            MemorySegment header = Arena.ofAuto().allocate(Chunk.HEADER_LENGTH, 8);
            file.read(at, header);
            Chunk chunk = Chunk.decode(header, place);
            long wanted = Math.min(Native.PIECE, length - number * Native.PIECE);
            if (chunk.kind() != Chunk.CONTENT
                    || chunk.position() != number * Native.PIECE
                    || chunk.length() != wanted) {
                throw new CorruptImage(
                        place.element("chunk")
                                .field("position, length")
                                .expected("0x%x, 0x%x".formatted(number * Native.PIECE, wanted))
                                .found("0x%x, 0x%x".formatted(chunk.position(), chunk.length())));
            }
            MemorySegment all =
                    Arena.ofAuto().allocate(Chunk.HEADER_LENGTH + (long) chunk.stored(), 8);
            file.read(at, all);
            chunk.content(all, piece, origin, place);
            held = number;
        }

        static long[] index(MemorySegment table) {
            long[] offsets = new long[(int) (table.byteSize() / 8)];
            Arrays.setAll(offsets, i -> table.get(Elf.U64, 8L * i));
            return offsets;
        }
    }
}
