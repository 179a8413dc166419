package org.xenimage.image.page;

import org.xenimage.image.PageBatch;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * An octet pattern, compiled once: 1 to 4,096 octets, so that an occurrence touches two pages at most.
 *
 * <p>Compiling chooses what an occurrence cannot hide from, and {@link PatternScan} looks for that only: long patterns
 * by some of their words ({@link WindowFilter}), short ones and those that repeat one octet by two octets
 * ({@link PairFilter}). Immutable, for any number of threads.
 */
public final class PagePattern {
    /** The greatest length of a pattern in octets. */
    public static final int LENGTH_MAX = PageBatch.PAGE_SIZE;

    /** What a search without a finding returns. */
    public static final long NONE = -1;

    private final byte[] octets;
    private final MemorySegment segment;
    private final OctetFilter filter;
    private final int[] borders;
    private final boolean uniform;

    private PagePattern(byte[] octets) {
        if (octets.length < 1 || octets.length > LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "pattern: length 1 to " + LENGTH_MAX + " octets, found " + octets.length);
        }
        this.octets = octets;
        this.segment = MemorySegment.ofArray(octets).asReadOnly();
        this.borders = borders(octets);
        this.uniform = borders[octets.length] == octets.length - 1;
        this.filter = OctetFilter.of(octets);
    }

    /**
     * The octets of a text in UTF-8, without a terminator.
     *
     * @param text of 1 to 4,096 octets
     * @return the pattern
     * @throws IllegalArgumentException if the text is empty or longer
     */
    public static PagePattern ofText(String text) {
        return new PagePattern(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Octets as they stand.
     *
     * @param octets 1 to 4,096 of them, copied
     * @return the pattern
     * @throws IllegalArgumentException if there are none or more
     */
    public static PagePattern of(byte[] octets) {
        return new PagePattern(octets.clone());
    }

    /**
     * Octets written in hexadecimal.
     *
     * @param digits two for each octet, in either case; white space between octets is ignored
     * @return the pattern
     * @throws IllegalArgumentException if something else stands there, or the length is not 1 to 4,096 octets
     */
    public static PagePattern ofHex(String digits) {
        StringBuilder dense = new StringBuilder(digits.length());
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (!Character.isWhitespace(c)) dense.append(c);
            else if ((dense.length() & 1) != 0) {
                throw new IllegalArgumentException(
                        "pattern: white space within an octet, at character " + i);
            }
        }
        return new PagePattern(HexFormat.of().parseHex(dense));
    }

    /** {@return the number of octets} */
    public int length() {
        return octets.length;
    }

    /** {@return a copy of the octets} */
    public byte[] octets() {
        return octets.clone();
    }

    /**
     * Finds the first occurrence in a run of octets. To find all, use a {@link PatternScan}.
     *
     * @param in where to look
     * @param from the first octet of the range
     * @param to the end of the range, exclusive
     * @return where the first occurrence that lies within the range begins, or {@link #NONE}
     * @throws IndexOutOfBoundsException if the range is not within the segment
     */
    public long find(MemorySegment in, long from, long to) {
        PatternScan scan = new PatternScan();
        scan.over(this, in, from, to);
        return scan.next();
    }

    /** {@return the octets, read-only} */
    MemorySegment segment() {
        return segment;
    }

    OctetFilter filter() {
        return filter;
    }

    /** {@return whether all octets are the same and there are two or more} */
    boolean uniform() {
        return uniform && octets.length > 1;
    }

    /** {@return whether the pattern is one octet repeated, perhaps only once, and this is the octet} */
    boolean repeats(byte octet) {
        return uniform && octets[0] == octet;
    }

    /** {@return the octets themselves, not to be changed} */
    byte[] shared() {
        return octets;
    }

    /** {@return for k matched octets, how many are still to be tried when the next one differs, -1 for none; for all of
     * them, how many the next occurrence may share (Knuth, Morris and Pratt)} */
    int[] borders() {
        return borders;
    }

    private static int[] borders(byte[] octets) {
        int[] borders = new int[octets.length + 1];
        int border = 0;
        for (int k = 1; k < octets.length; k++) {
            while (border > 0 && octets[k] != octets[border]) border = borders[border];
            if (octets[k] == octets[border]) border++;
            borders[k + 1] = border;
        }
        // Where the octet after the border is the one that just differed, the border's own border
        // is next.
        borders[0] = -1;
        for (int k = 1; k < octets.length; k++) {
            if (octets[k] == octets[borders[k]]) borders[k] = borders[borders[k]];
        }
        return borders;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PagePattern pattern && Arrays.equals(octets, pattern.octets);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(octets);
    }

    /** {@return the pattern as text in quotes if it is printable ASCII, in hexadecimal otherwise; shortened} */
    @Override
    public String toString() {
        int shown = Math.min(octets.length, 32);
        String rest = shown < octets.length ? "… (" + octets.length + " octets)" : "";
        for (int i = 0; i < shown; i++) {
            if (octets[i] < 0x20 || octets[i] == 0x7f)
                return HexFormat.of().formatHex(octets, 0, shown) + rest;
        }
        return '"' + new String(octets, 0, shown, StandardCharsets.US_ASCII) + '"' + rest;
    }
}
