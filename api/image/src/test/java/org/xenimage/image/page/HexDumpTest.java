package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

class HexDumpTest {
    private static MemorySegment bytes(String latin1) {
        return MemorySegment.ofArray(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** What {@code hexdump -C} of util-linux prints for these bytes. */
    @Test
    void linesAreThoseOfHexdump() {
        MemorySegment bytes =
                bytes("hello world, 0123456789abcdef~\u007f\u0080\0" + "\0".repeat(64) + "tail");
        assertEquals(
                List.of(
                        "00000000  68 65 6c 6c 6f 20 77 6f  72 6c 64 2c 20 30 31 32  |hello world, 012|",
                        "00000010  33 34 35 36 37 38 39 61  62 63 64 65 66 7e 7f 80  |3456789abcdef~..|",
                        "00000020  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|",
                        "*",
                        "00000060  00 74 61 69 6c                                    |.tail|",
                        "00000065"),
                HexDump.lines(bytes, 0, bytes.byteSize(), 0));
    }

    @Test
    void addressesGrowBeyondEightDigits() {
        assertEquals(
                List.of(
                        "1234567890  61                                                |a|",
                        "1234567891"),
                HexDump.lines(bytes("xax"), 1, 2, 0x1234567890L));
    }

    @Test
    void emptyRunHasNoLines() {
        assertEquals(List.of(), HexDump.lines(bytes("abc"), 1, 1, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> HexDump.lines(bytes("abc"), 0, 4, 0));
    }
}
