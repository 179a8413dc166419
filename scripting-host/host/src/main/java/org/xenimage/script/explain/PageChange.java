package org.xenimage.script.explain;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.fault.ControlCharacters;
import org.xenimage.script.explain.ChangeLine.Kind;
import org.xenimage.script.policy.Secrets;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One page on both sides.
 *
 * @param pfn of the page
 * @param type of the page
 * @param bytes how many differ
 * @param ranges the first ranges of bytes that differ
 * @param lines the first of them in hex, with a line before and after each
 */
record PageChange(long pfn, PageType type, int bytes, List<Range> ranges, List<ChangeLine> lines) {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;
    private static final int WIDTH = 16;
    private static final int RANGES_MAX = 32;
    private static final int LINES_MAX = 48;

    PageChange {
        ranges = List.copyOf(ranges);
        lines = List.copyOf(lines);
    }

    /**
     * Bytes that differ.
     *
     * @param offset in the page
     * @param length in bytes
     * @param before in hex; empty if hidden
     * @param after in hex; empty if hidden
     */
    record Range(int offset, int length, Optional<String> before, Optional<String> after) {}

    /** Which side's bytes are shown. */
    enum Shown {
        /** Only the second side; the first may contain the secret that a rule removed. */
        AFTER,
        /** Neither side, because one may still contain what the other removed. */
        NEITHER
    }

    static PageChange of(
            long pfn,
            PageType type,
            MemorySegment before,
            MemorySegment after,
            Secrets secrets,
            Shown shown) {
        Side old = new Side(before.toArray(ValueLayout.JAVA_BYTE), secrets);
        Side now = new Side(after.toArray(ValueLayout.JAVA_BYTE), secrets);
        BitSet differing = new BitSet(PAGE_SIZE);
        for (int i = 0; i < PAGE_SIZE; i++) if (old.bytes[i] != now.bytes[i]) differing.set(i);
        if (secrets.hiding()) {
            old.hidden.or(differing);
            if (shown == Shown.NEITHER) now.hidden.or(differing);
        }
        List<Range> ranges = new ArrayList<>();
        for (int from = differing.nextSetBit(0);
                from >= 0 && ranges.size() < RANGES_MAX;
                from = differing.nextSetBit(differing.nextClearBit(from))) {
            int to = differing.nextClearBit(from);
            ranges.add(new Range(from, to - from, old.hex(from, to), now.hex(from, to)));
        }
        return new PageChange(
                pfn, type, differing.cardinality(), ranges, lines(differing, old, now));
    }

    /** Lines of 16 bytes: those that differ once for each side, and their neighbors. */
    private static List<ChangeLine> lines(BitSet differing, Side old, Side now) {
        List<ChangeLine> lines = new ArrayList<>();
        int last = -WIDTH;
        for (int at = 0; at < PAGE_SIZE; at += WIDTH) {
            boolean differs = differs(differing, at);
            if (!differs && !differs(differing, at - WIDTH) && !differs(differing, at + WIDTH))
                continue;
            if (lines.size() >= LINES_MAX) {
                lines.add(new ChangeLine(Kind.MORE, "  … more of this page"));
                break;
            }
            if (at != last + WIDTH && !lines.isEmpty())
                lines.add(new ChangeLine(Kind.CONTEXT, " *"));
            last = at;
            if (differs) {
                lines.add(new ChangeLine(Kind.REMOVED, "-" + old.line(at)));
                lines.add(new ChangeLine(Kind.ADDED, "+" + now.line(at)));
            } else lines.add(new ChangeLine(Kind.CONTEXT, " " + now.line(at)));
        }
        return lines;
    }

    private static boolean differs(BitSet differing, int line) {
        if (line < 0) return false;
        int next = differing.nextSetBit(line);
        return next >= 0 && next < line + WIDTH;
    }

    /** The content of one side, and which of its bytes are hidden. */
    private static final class Side {
        private final byte[] bytes;
        private final BitSet hidden;

        Side(byte[] bytes, Secrets secrets) {
            this.bytes = bytes;
            this.hidden = secrets.positions(bytes);
        }

        Optional<String> hex(int from, int to) {
            int next = hidden.nextSetBit(from);
            return next >= 0 && next < to
                    ? Optional.empty()
                    : Optional.of(HexFormat.of().formatHex(bytes, from, to));
        }

        /** A line as in {@code hexdump -C}, with two asterisks for each hidden byte. */
        String line(int at) {
            StringBuilder line = new StringBuilder("%08x ".formatted(at));
            StringBuilder text = new StringBuilder(WIDTH);
            for (int i = at; i < at + WIDTH; i++) {
                if (i == at + WIDTH / 2) line.append(' ');
                line.append(' ').append(hidden.get(i) ? "**" : "%02x".formatted(bytes[i]));
                text.append(
                        hidden.get(i) ? '*' : ControlCharacters.printableOrDot(bytes[i] & 0xff));
            }
            return line.append("  |").append(text).append('|').toString();
        }
    }
}
