package org.xenimage.image.page;

import org.xenimage.image.fault.ControlCharacters;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Bytes as people read them, in the format of {@code hexdump -C}.
 *
 * <pre>
 * 00000000  7f 45 4c 46 02 01 01 00  00 00 00 00 00 00 00 00  |.ELF............|
 * 00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
 * *
 * 00000040
 * </pre>
 *
 * <p>An asterisk stands for lines equal to the one before; the last line is the address of the end. A pure function,
 * for any thread.
 */
public final class HexDump {
    private static final int WIDTH = 16;
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private HexDump() {}

    /**
     * Dumps a run of bytes.
     *
     * @param bytes where they are
     * @param from the first byte
     * @param to the end, exclusive
     * @param address of the first byte, for the first column
     * @return the lines without line ends; none for an empty run
     * @throws IndexOutOfBoundsException if the run is not within the segment
     */
    public static List<String> lines(MemorySegment bytes, long from, long to, long address) {
        Objects.checkFromToIndex(from, to, bytes.byteSize());
        List<String> lines = new ArrayList<>();
        boolean squeezing = false;
        for (long at = from; at < to; at += WIDTH) {
            long end = Math.min(to, at + WIDTH);
            boolean same =
                    at > from
                            && end - at == WIDTH
                            && MemorySegment.mismatch(bytes, at - WIDTH, at, bytes, at, end) < 0;
            if (!same) lines.add(line(bytes, at, end, address + (at - from)));
            else if (!squeezing) lines.add("*");
            squeezing = same;
        }
        if (to > from) lines.add(address(new StringBuilder(), address + (to - from)).toString());
        return lines;
    }

    private static String line(MemorySegment bytes, long from, long to, long address) {
        StringBuilder line = address(new StringBuilder(80), address).append(' ');
        StringBuilder text = new StringBuilder(WIDTH);
        for (int i = 0; i < WIDTH; i++) {
            if (i == WIDTH / 2) line.append(' ');
            if (from + i < to) {
                int b = bytes.get(ValueLayout.JAVA_BYTE, from + i) & 0xff;
                line.append(' ').append(DIGITS[b >> 4]).append(DIGITS[b & 0xf]);
                text.append(ControlCharacters.printableOrDot(b));
            } else {
                line.append("   ");
            }
        }
        return line.append("  |").append(text).append('|').toString();
    }

    private static StringBuilder address(StringBuilder line, long address) {
        int digits = Math.max(8, (Long.SIZE + 3 - Long.numberOfLeadingZeros(address)) / 4);
        for (int i = digits - 1; i >= 0; i--)
            line.append(DIGITS[(int) (address >>> (4 * i)) & 0xf]);
        return line;
    }
}
