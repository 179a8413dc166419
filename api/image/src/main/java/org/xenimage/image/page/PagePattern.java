package org.xenimage.image.page;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.fault.ControlCharacters;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A byte pattern, compiled once: 1 to 4,096 bytes, so that an occurrence touches two pages at most.
 *
 * <p>Compiling chooses what an occurrence cannot hide from, and {@link PatternScan} looks for that only: long patterns
 * by some of their words ({@link WindowFilter}), short ones and those that repeat one byte by two bytes
 * ({@link PairFilter}). Immutable, for any number of threads.
 */
public final class PagePattern {
    /** The greatest length of a pattern in bytes. */
    public static final int LENGTH_MAX = PageBatch.PAGE_SIZE;

    /** What a search without a finding returns. */
    public static final long NONE = -1;

    private final byte[] bytes;
    private final MemorySegment segment;
    private final ByteFilter filter;
    private final int[] borders;
    private final boolean uniform;

    private PagePattern(byte[] bytes) {
        if (bytes.length < 1 || bytes.length > LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "pattern: length 1 to " + LENGTH_MAX + " bytes, found " + bytes.length);
        }
        this.bytes = bytes;
        this.segment = MemorySegment.ofArray(bytes).asReadOnly();
        this.borders = borders(bytes);
        this.uniform = borders[bytes.length] == bytes.length - 1;
        this.filter = ByteFilter.of(bytes);
    }

    /**
     * The bytes of a text in UTF-8, without a terminator.
     *
     * @param text of 1 to 4,096 bytes
     * @return the pattern
     * @throws IllegalArgumentException if the text is empty or longer
     */
    public static PagePattern ofText(String text) {
        return new PagePattern(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Bytes verbatim.
     *
     * @param bytes 1 to 4,096 of them, copied
     * @return the pattern
     * @throws IllegalArgumentException if there are none or more
     */
    public static PagePattern of(byte[] bytes) {
        return new PagePattern(bytes.clone());
    }

    /**
     * Bytes written in hexadecimal.
     *
     * @param digits two for each byte, in either case; white space between bytes is ignored
     * @return the pattern
     * @throws IllegalArgumentException if the text is not of that form, or the length is not 1 to
     *     4,096 bytes
     */
    public static PagePattern ofHex(String digits) {
        StringBuilder dense = new StringBuilder(digits.length());
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (!Character.isWhitespace(c)) dense.append(c);
            else if ((dense.length() & 1) != 0) {
                throw new IllegalArgumentException(
                        "pattern: white space within a byte, at character " + i);
            }
        }
        return new PagePattern(HexFormat.of().parseHex(dense));
    }

    /** {@return the number of bytes} */
    public int length() {
        return bytes.length;
    }

    /** {@return a copy of the bytes} */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * Finds the first occurrence in a run of bytes. To find all, use a {@link PatternScan}.
     *
     * @param in where to look
     * @param from the first byte of the range
     * @param to the end of the range, exclusive
     * @return where the first occurrence that lies within the range begins, or {@link #NONE}
     * @throws IndexOutOfBoundsException if the range is not within the segment
     */
    public long find(MemorySegment in, long from, long to) {
        PatternScan scan = new PatternScan();
        scan.over(this, in, from, to);
        return scan.next();
    }

    /** {@return the bytes, read-only} */
    MemorySegment segment() {
        return segment;
    }

    ByteFilter filter() {
        return filter;
    }

    /** {@return whether all bytes are the same and there are two or more} */
    boolean uniform() {
        return uniform && bytes.length > 1;
    }

    /** {@return whether the pattern is one byte repeated, perhaps only once, and this is the byte} */
    boolean repeats(byte b) {
        return uniform && bytes[0] == b;
    }

    /** {@return the bytes themselves, not to be changed} */
    byte[] shared() {
        return bytes;
    }

    /** {@return for k matched bytes, how many are still to be tried when the next one differs, -1 for none; for all of
     * them, how many the next occurrence may share (Knuth, Morris and Pratt)} */
    int[] borders() {
        return borders;
    }

    private static int[] borders(byte[] bytes) {
        int[] borders = new int[bytes.length + 1];
        int border = 0;
        for (int k = 1; k < bytes.length; k++) {
            while (border > 0 && bytes[k] != bytes[border]) border = borders[border];
            if (bytes[k] == bytes[border]) border++;
            borders[k + 1] = border;
        }
        // Where the byte after the border is the one that just differed, the border's own border
        // is next.
        borders[0] = -1;
        for (int k = 1; k < bytes.length; k++) {
            if (bytes[k] == bytes[borders[k]]) borders[k] = borders[borders[k]];
        }
        return borders;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PagePattern pattern && Arrays.equals(bytes, pattern.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** {@return the pattern as text in quotes if it is printable ASCII, in hexadecimal otherwise; shortened} */
    @Override
    public String toString() {
        int length = Math.min(bytes.length, 32);
        String rest = length < bytes.length ? "… (" + bytes.length + " bytes)" : "";
        for (int i = 0; i < length; i++) {
            if (!ControlCharacters.printableAscii(bytes[i]))
                return HexFormat.of().formatHex(bytes, 0, length) + rest;
        }
        return '"' + new String(bytes, 0, length, StandardCharsets.US_ASCII) + '"' + rest;
    }
}
