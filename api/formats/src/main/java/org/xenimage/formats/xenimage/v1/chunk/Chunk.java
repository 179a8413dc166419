package org.xenimage.formats.xenimage.v1.chunk;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.seal.ImageCipher;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.KeyRefused;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.UnsupportedRecord;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A chunk's header (section 6), 40 bytes.
 *
 * @param kind {@link #END}, {@link #CONTENT}, {@link #METADATA}, {@link #DIGEST}
 * @param codec {@link #STORED}, {@link #ZSTD}, {@link #ZERO}
 * @param position of the first byte in the decoded content
 * @param length bytes decoded
 * @param stored bytes that follow
 * @param crc of header and stored bytes
 */
public record Chunk(int kind, int codec, long position, int length, int stored, int crc) {
    public static final int HEADER_LENGTH = 40;
    public static final int END = 0;
    public static final int CONTENT = 1;
    public static final int METADATA = 2;
    public static final int DIGEST = 3;
    public static final int NOTE = 0x80;
    public static final int PART = 0x81;
    static final int STORED = 0;
    static final int ZSTD = 1;
    static final int ZERO = 2;
    public static final int ENCRYPTED = 3;
    public static final int OTHER_MAX = 16 << 20;

    private static final int MAGIC = 0x184d2a5c;
    private static final int TAG = 0x4b434958;
    private static final int OPTIONAL = 0x80;
    private static final int EXCESS = 0x1000;

    /** Where a header holds the position. */
    public static final int POSITION_AT = 16;

    private static final int CRC_AT = 32;

    /** Whether an unknown kind may be skipped. */
    public boolean optional() {
        return (kind & OPTIONAL) != 0;
    }

    /**
     * Encodes a chunk that is stored unchanged.
     *
     * @return header and stored bytes
     */
    public static MemorySegment encode(int kind, MemorySegment content) {
        MemorySegment chunk = Arena.ofAuto().allocate(HEADER_LENGTH + content.byteSize(), 8);
        MemorySegment.copy(content, 0, chunk, HEADER_LENGTH, content.byteSize());
        return seal(chunk, kind, STORED, 0, (int) content.byteSize(), (int) content.byteSize());
    }

    /** Fills in the header and cuts the chunk to its length. */
    private static MemorySegment seal(
            MemorySegment output, int kind, int codec, long position, int length, int stored) {
        return sum(begin(output, kind, codec, position, length, stored));
    }

    private static MemorySegment begin(
            MemorySegment output, int kind, int codec, long position, int length, int stored) {
        MemorySegment chunk = output.asSlice(0, HEADER_LENGTH + (long) stored);
        chunk.asSlice(0, HEADER_LENGTH).fill((byte) 0);
        chunk.set(Elf.U32, 0, MAGIC);
        chunk.set(Elf.U32, 4, skipped(codec, stored));
        chunk.set(Elf.U32, 8, TAG);
        chunk.set(ValueLayout.JAVA_BYTE, 12, (byte) kind);
        chunk.set(ValueLayout.JAVA_BYTE, 13, (byte) codec);
        chunk.set(Elf.U64, POSITION_AT, position);
        chunk.set(Elf.U32, 24, length);
        chunk.set(Elf.U32, 28, stored);
        return chunk;
    }

    private static MemorySegment sum(MemorySegment chunk) {
        chunk.set(Elf.U32, CRC_AT, crc(chunk));
        return chunk;
    }

    /** What a zstd decoder skips: the header alone if a frame follows it, else the stored bytes too. */
    private static int skipped(int codec, int stored) {
        return HEADER_LENGTH - 8 + (codec == ZSTD ? 0 : stored);
    }

    /**
     * How content is stored.
     *
     * @param zstd or uncompressed
     * @param level of zstd
     * @param cipher what encrypts it, if anything
     */
    public record WriteChoice(boolean zstd, int level, Optional<ImageCipher> cipher) {
        /** Whether pages cannot be read where they lie. */
        public boolean packed() {
            return zstd || cipher.isPresent();
        }
    }

    /** Encodes content chunks, one after the other, in memory of its own. Not thread-safe. */
    public static final class Encoder implements Closeable {
        private static final int PACKED_MAX = ZstdFrames.bound(Native.PIECE);

        private final Optional<ZstdFrames.Compressor> zstd;
        private final Optional<ImageCipher> cipher;
        private final String section;
        private final MemorySegment plain;
        private final MemorySegment input = Arena.ofAuto().allocate(Native.PIECE, 64);
        private final MemorySegment output =
                Arena.ofAuto().allocate(HEADER_LENGTH + (long) PACKED_MAX + ImageCipher.EXCESS, 8);

        /**
         * An encoder.
         *
         * @param section that the chunks will be in, which their encryption depends on
         */
        public Encoder(WriteChoice choice, String section) {
            this.section = section;
            this.cipher = choice.cipher();
            this.plain =
                    cipher.isPresent()
                            ? Arena.ofAuto().allocate(1L + PACKED_MAX)
                            : MemorySegment.NULL;
            zstd =
                    choice.zstd()
                            ? Optional.of(new ZstdFrames.Compressor(choice.level()))
                            : Optional.empty();
        }

        /** {@return a buffer for a piece of content} */
        public MemorySegment input() {
            return input;
        }

        /**
         * Encodes what is in {@link #input}.
         *
         * @return the chunk, good until the next one
         */
        public MemorySegment encode(long position, int length) {
            if (cipher.isPresent()) return encrypt(cipher.get(), position, length);
            MemorySegment content = input.asSlice(0, length);
            if (zstd.isEmpty() && isZero(content))
                return seal(output, CONTENT, ZERO, position, length, 0);
            if (zstd.isPresent()) {
                int packed = compress(zstd.get(), length, output, HEADER_LENGTH);
                return seal(output, CONTENT, ZSTD, position, length, packed);
            }
            MemorySegment.copy(content, 0, output, HEADER_LENGTH, length);
            return seal(output, CONTENT, STORED, position, length, length);
        }

        private int compress(
                ZstdFrames.Compressor context, int length, MemorySegment into, int at) {
            return context.compress(input, length, into, at);
        }

        private MemorySegment encrypt(ImageCipher with, long position, int length) {
            int inner = length;
            plain.set(ValueLayout.JAVA_BYTE, 0, (byte) (zstd.isPresent() ? ZSTD : STORED));
            if (zstd.isPresent()) inner = compress(zstd.get(), length, plain, 1);
            else MemorySegment.copy(input, 0, plain, 1, length);
            MemorySegment chunk =
                    begin(output, CONTENT, ENCRYPTED, position, length, inner + ImageCipher.EXCESS);
            with.encrypt(
                    chunk.asSlice(0, CRC_AT),
                    section,
                    plain.asSlice(0, 1L + inner),
                    chunk.asSlice(HEADER_LENGTH));
            return sum(chunk);
        }

        @Override
        public void close() {
            zstd.ifPresent(ZstdFrames.Compressor::close);
        }
    }

    /** Decodes a header whose checksum has not been checked yet. */
    public static Chunk decode(MemorySegment header, Fault place)
            throws CorruptImage, LimitExceeded, UnsupportedRecord {
        Fault fault = place.element("chunk header");
        if (header.get(Elf.U32, 0) != MAGIC || header.get(Elf.U32, 8) != TAG) {
            throw new CorruptImage(
                    fault.field("magic")
                            .expected("0x184d2a5c, 0x4b434958")
                            .found(
                                    "0x%x, 0x%x"
                                            .formatted(
                                                    header.get(Elf.U32, 0), header.get(Elf.U32, 8)))
                            .remedy(
                                    "the image is damaged here; xenimage salvage recovers the "
                                            + "chunks before and after"));
        }
        int kind = Byte.toUnsignedInt(header.get(ValueLayout.JAVA_BYTE, 12));
        int codec = Byte.toUnsignedInt(header.get(ValueLayout.JAVA_BYTE, 13));
        long length = Integer.toUnsignedLong(header.get(Elf.U32, 24));
        long stored = Integer.toUnsignedLong(header.get(Elf.U32, 28));
        long most = kind == CONTENT ? Native.PIECE : OTHER_MAX;
        if (length > most || stored > length + EXCESS) {
            throw new LimitExceeded(
                    fault.field("length, stored")
                            .expected("at most 0x%x, and 0x%x more".formatted(most, EXCESS))
                            .found("0x%x, 0x%x".formatted(length, stored))
                            .remedy("the image is damaged here"));
        }
        if (codec > ENCRYPTED) {
            throw new UnsupportedRecord(
                    fault.field("codec")
                            .expected("0 to 3")
                            .found(codec)
                            .remedy("use a newer xenimage"));
        }
        if (kind != CONTENT && codec != STORED) {
            throw new CorruptImage(
                    fault.field("codec").expected("0 of a chunk without content").found(codec));
        }
        long skipped = Integer.toUnsignedLong(header.get(Elf.U32, 4));
        if (skipped != skipped(codec, (int) stored)) {
            throw new CorruptImage(
                    fault.field("size")
                            .expected("0x" + Integer.toHexString(skipped(codec, (int) stored)))
                            .found(skipped));
        }
        return new Chunk(
                kind,
                codec,
                header.get(Elf.U64, POSITION_AT),
                (int) length,
                (int) stored,
                header.get(Elf.U32, CRC_AT));
    }

    /**
     * What a reader knows of the section that chunks are in.
     *
     * @param name of it
     * @param cipher of the image, if its key was given
     */
    public record Origin(String name, Optional<ImageCipher> cipher) {}

    /**
     * Decodes the content.
     *
     * @param all header and stored bytes
     * @param into takes {@link #length} bytes
     * @param origin the section
     */
    public void content(MemorySegment all, MemorySegment into, Origin origin, Fault place)
            throws ImageException {
        int found = crc(all);
        if (found != crc) {
            throw new CorruptImage(
                    place.element("chunk")
                            .field("crc")
                            .expected("0x%08x".formatted(crc))
                            .found("0x%08x".formatted(found))
                            .remedy(
                                    "the image is damaged here; xenimage salvage recovers the "
                                            + "chunks before and after"));
        }
        MemorySegment bytes = all.asSlice(HEADER_LENGTH, stored);
        if (codec == ENCRYPTED) decrypted(all, bytes, into, origin, place);
        else decoded(codec, bytes, into, place);
    }

    private void decrypted(
            MemorySegment all, MemorySegment bytes, MemorySegment into, Origin origin, Fault place)
            throws ImageException {
        Fault fault = place.element("chunk");
        ImageCipher cipher =
                origin.cipher()
                        .orElseThrow(() ->
                                new KeyRefused(
                                        fault.problem("is encrypted")
                                                .remedy("give the key of the image")));
        MemorySegment buffer = Arena.ofAuto().allocate(Math.max(1, stored), 8);
        MemorySegment plain =
                cipher.decrypt(all.asSlice(0, CRC_AT), origin.name(), bytes, buffer, fault)
                        .orElseThrow(() ->
                                new CorruptImage(
                                        fault.problem("was changed after it was encrypted")
                                                .remedy("do not restore it")));
        int inner = Byte.toUnsignedInt(plain.get(ValueLayout.JAVA_BYTE, 0));
        if (inner > ZSTD)
            throw new CorruptImage(fault.field("inner codec").expected("0 or 1").found(inner));
        decoded(inner, plain.asSlice(1), into, place);
    }

    private void decoded(int how, MemorySegment bytes, MemorySegment into, Fault place)
            throws ImageException {
        switch (how) {
            case ZERO -> into.asSlice(0, length).fill((byte) 0);
            case ZSTD -> ZstdFrames.decompress(bytes, into, length, place);
            default -> {
                if (bytes.byteSize() != length) {
                    throw new CorruptImage(
                            place.element("chunk")
                                    .field("stored")
                                    .expected("0x" + Integer.toHexString(length))
                                    .found(bytes.byteSize()));
                }
                MemorySegment.copy(bytes, 0, into, 0, length);
            }
        }
    }

    private static int crc(MemorySegment all) {
        var crc = new CRC32C();
        crc.update(all.asSlice(0, CRC_AT).asByteBuffer());
        crc.update(new byte[4]);
        crc.update(all.asSlice(CRC_AT + 4).asByteBuffer());
        return (int) crc.getValue();
    }

    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new byte[Native.PIECE]).asReadOnly();

    public static boolean isZero(MemorySegment content) {
        return content.byteSize() <= Native.PIECE
                && content.mismatch(ZEROS.asSlice(0, content.byteSize())) < 0;
    }
}
