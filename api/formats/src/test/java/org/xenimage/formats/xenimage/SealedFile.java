package org.xenimage.formats.xenimage;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.SumTable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** A seekable image in memory that a test forges, with sums that are made to fit again. */
final class SealedFile {
    private final byte[] bytes;
    private final MemorySegment memory;
    private final long trailer;

    SealedFile(byte[] bytes) {
        this.bytes = bytes.clone();
        this.memory = MemorySegment.ofArray(this.bytes);
        long sums = header(Native.SUMS);
        this.trailer = u64(sums + 24) + u64(sums + 32);
    }

    MemorySegment memory() {
        return memory;
    }

    long u64(long at) {
        return memory.get(Elf.U64, at);
    }

    /** Where each section's header stands. */
    private Map<String, Long> headers() {
        long table = u64(40);
        long count = Short.toUnsignedLong(memory.get(Elf.U16, 60));
        long names = u64(table + 64L + 24L);
        var all = new HashMap<String, Long>();
        for (long i = 1; i < count; i++) {
            long at = table + 64L * i;
            all.put(memory.getString(names + Integer.toUnsignedLong(memory.get(Elf.U32, at))), at);
        }
        return all;
    }

    /** Where a section's header stands. */
    long header(String name) {
        return Optional.ofNullable(headers().get(name)).orElseThrow();
    }

    long section(String name) {
        return u64(header(name) + 24);
    }

    /** Makes the range of the sum that begins at an offset longer. */
    void growSum(long offset, long bytes) {
        long sums = u64(trailer + 24);
        while (u64(sums) != offset) sums += 24;
        memory.set(Elf.U64, sums + 8, u64(sums + 8) + bytes);
    }

    /** Makes every sum, and the sum of the sums, what they should be. */
    SealedFile seal() {
        long sums = u64(trailer + 24);
        long length = u64(trailer + 32);
        for (long at = sums; at < sums + length; at += 24) {
            memory.set(Elf.U32, at + 16, SumTable.crc(memory.asSlice(u64(at), u64(at + 8))));
        }
        memory.set(Elf.U32, trailer + 48, SumTable.crc(memory.asSlice(sums, length)));
        memory.set(Elf.U32, trailer + 60, SumTable.crc(memory.asSlice(trailer, 60)));
        return this;
    }

    Path write(Path to) throws IOException {
        return Files.write(to, bytes);
    }
}
