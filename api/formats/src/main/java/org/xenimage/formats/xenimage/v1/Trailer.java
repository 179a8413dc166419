package org.xenimage.formats.xenimage.v1;

import org.xenimage.formats.core.PieceLimit;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.TruncatedImage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The trailer (section 7): after the sums that the section headers name. Bytes that follow it are
 * of an edit that was not finished.
 *
 * @param offset of the trailer in the file
 * @param sumsOffset of the sums
 * @param sumsLength of the sums
 * @param sumsCrc of the sums
 */
public record Trailer(long offset, long sumsOffset, long sumsLength, int sumsCrc) {
    public long end() {
        return offset + Native.TRAILER_LENGTH;
    }

    public static Trailer read(ElfFile file) throws IOException {
        ElfSection sums = file.require(Native.SUMS);
        long at = sums.end();
        Fault place = Fault.in(file.name()).at(at).element("trailer");
        if (at > file.length() - Native.TRAILER_LENGTH) {
            throw new TruncatedImage(
                    place.problem("is missing")
                            .expected("0x40 bytes after the checksums")
                            .found(file.length() - at)
                            .remedy(
                                    "the file was truncated; xenimage salvage recovers what is intact"));
        }
        MemorySegment trailer = Arena.ofAuto().allocate(Native.TRAILER_LENGTH, 8);
        file.read(at, trailer);
        if (trailer.get(Elf.U64, 0) != Native.TRAILER_MAGIC
                || trailer.get(Elf.U32, 60) != SumTable.crc(trailer.asSlice(0, 60))
                || trailer.get(Elf.U64, 16) != at + Native.TRAILER_LENGTH
                || trailer.get(Elf.U64, 40) != file.header().get(Elf.U64, 40)) {
            throw new TruncatedImage(
                    place.problem("is missing or damaged")
                            .expected("\"XenimEnd\", the length up to here, e_shoff and their sum")
                            .remedy(
                                    "the file was truncated or is damaged; xenimage salvage recovers what is intact"));
        }
        long offset = trailer.get(Elf.U64, 24);
        long length = trailer.get(Elf.U64, 32);
        long most = Native.SUM_LENGTH * (file.length() / Native.PAGE + 4096);
        if (offset != sums.offset()
                || length != sums.length()
                || length > most
                || length % Native.SUM_LENGTH != 0) {
            throw new LimitExceeded(
                    place.field("sums_offset, sums_length")
                            .expected(
                                    "those of section .xenimage.sums, at most 0x"
                                            + Long.toHexString(most))
                            .found("0x%x, 0x%x".formatted(offset, length)));
        }
        PieceLimit.here().count(length / Native.SUM_LENGTH, place.field("sums_length"));
        return new Trailer(at, offset, length, trailer.get(Elf.U32, 48));
    }

    /** The table of sums, held against its own sum. */
    public MemorySegment sums(ElfFile file) throws IOException {
        MemorySegment table =
                Arena.ofAuto().allocate(Math.max(1, sumsLength), 8).asSlice(0, sumsLength);
        for (long done = 0; done < sumsLength; done += 1 << 26) {
            file.read(sumsOffset + done, table.asSlice(done, Math.min(1 << 26, sumsLength - done)));
        }
        int crc = SumTable.crc(table);
        if (crc != sumsCrc) {
            throw new CorruptImage(
                    Fault.in(file.name())
                            .at(offset)
                            .element("trailer")
                            .field("sums_crc")
                            .expected("0x%08x".formatted(sumsCrc))
                            .found("0x%08x".formatted(crc))
                            .remedy("the table of checksums is damaged"));
        }
        return table;
    }

    /** A trailer after sums. */
    public static MemorySegment encode(long sumsOffset, byte[] sums, long sectionHeaders) {
        MemorySegment trailer = MemorySegment.ofArray(new byte[Native.TRAILER_LENGTH]);
        trailer.set(Elf.U64, 0, Native.TRAILER_MAGIC);
        trailer.set(Elf.U32, 8, Native.TRAILER_LENGTH);
        trailer.set(Elf.U64, 16, sumsOffset + sums.length + Native.TRAILER_LENGTH);
        trailer.set(Elf.U64, 24, sumsOffset);
        trailer.set(Elf.U64, 32, sums.length);
        trailer.set(Elf.U64, 40, sectionHeaders);
        trailer.set(Elf.U32, 48, SumTable.crc(MemorySegment.ofArray(sums)));
        trailer.set(Elf.U32, 60, SumTable.crc(trailer.asSlice(0, 60)));
        return trailer;
    }
}
