package org.xenimage.cli.output;

/** Counts in words. */
public final class Plural {
    private Plural() {}

    /**
     * A count of things.
     *
     * @param count of them
     * @param noun for one of them, whose plural ends in s
     * @return such as {@code 1 page} or {@code 2 pages}
     */
    public static String of(long count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
