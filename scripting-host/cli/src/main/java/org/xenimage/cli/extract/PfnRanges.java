package org.xenimage.cli.extract;

import java.util.ArrayList;
import java.util.List;

/**
 * Frame numbers as users write them: {@code 0x1a5,512-767}, both ends inclusive.
 *
 * @param ranges ascending as given
 */
record PfnRanges(List<Range> ranges) {
    /**
     * PFNs one after the other.
     *
     * @param first inclusive
     * @param last inclusive
     */
    record Range(long first, long last) {}

    static PfnRanges parse(String text) {
        List<Range> ranges = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            int dash = part.indexOf('-');
            long first = number(dash < 0 ? part : part.substring(0, dash));
            long last = dash < 0 ? first : number(part.substring(dash + 1));
            if (last < first) throw new IllegalArgumentException(part + ": ends before it starts");
            ranges.add(new Range(first, last));
        }
        return new PfnRanges(List.copyOf(ranges));
    }

    private static long number(String text) {
        try {
            long value = Long.decode(text.strip());
            if (value < 0) throw new NumberFormatException();
            return value;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not a frame number; write it as 421 or 0x1a5", e);
        }
    }

    boolean contain(long pfn) {
        for (Range range : ranges) if (pfn >= range.first() && pfn <= range.last()) return true;
        return false;
    }

    long count() {
        return ranges.stream().mapToLong(range -> range.last() - range.first() + 1).sum();
    }
}
