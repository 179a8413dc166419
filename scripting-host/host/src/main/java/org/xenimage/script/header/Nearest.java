package org.xenimage.script.header;

import java.util.Collection;
import java.util.Optional;

/** Finds the name that was probably meant. */
public final class Nearest {
    /** A longer name is not a typing error. */
    private static final int LENGTH_MAX = 256;

    private static final int SLIP_LENGTH_MIN = 4;

    private Nearest() {}

    /**
     * What to add to a complaint of an unknown name.
     *
     * @param unknown name
     * @param known names
     * @return {@code "; did you mean …?"}, or the known names, or nothing if there are none
     */
    public static String suggestion(String unknown, Collection<String> known) {
        Optional<String> best = of(unknown, known);
        if (best.isPresent()) return "; did you mean " + best.get() + "?";
        return known.isEmpty() ? "" : "; known are " + String.join(", ", known);
    }

    /**
     * The known name that an unknown one is most like.
     *
     * @param unknown name
     * @param known names
     * @return the name, nothing if none is like it
     */
    public static Optional<String> of(String unknown, Collection<String> known) {
        return of(unknown, known, Math.max(2, unknown.length() / 3));
    }

    /**
     * The known name that an unknown one is most like.
     *
     * @param unknown name
     * @param known names
     * @param most how many characters may differ
     * @return the name, nothing if none is so like it
     */
    public static Optional<String> of(String unknown, Collection<String> known, int most) {
        if (unknown.length() > LENGTH_MAX) return Optional.empty();
        String best = "";
        int least = most + 1;
        for (String name : known) {
            if (name.length() > LENGTH_MAX) continue;
            int distance = distance(fold(unknown), fold(name));
            if (distance < least) {
                least = distance;
                best = name;
            }
        }
        return best.isEmpty() ? Optional.empty() : Optional.of(best);
    }

    /**
     * The known name that differs from an unknown one by a single typing error: one letter wrong,
     * missing, added or swapped with the next, or by case, hyphens and underscores. Names that
     * differ in a digit are numbered on purpose, and short ones are similar by chance.
     *
     * @param unknown name
     * @param known names
     * @return the name, nothing if none is that similar
     */
    public static Optional<String> slip(String unknown, Collection<String> known) {
        String one = fold(unknown);
        if (one.length() < SLIP_LENGTH_MIN || unknown.length() > LENGTH_MAX)
            return Optional.empty();
        return known.stream()
                .filter(name -> name.length() <= LENGTH_MAX)
                .filter(name -> digits(name).equals(digits(unknown)))
                .filter(name -> distance(one, fold(name)) <= 1 || transposed(one, fold(name)))
                .findFirst();
    }

    private static String digits(String name) {
        return name.replaceAll("[^0-9]", "");
    }

    private static boolean transposed(String one, String other) {
        if (one.length() != other.length()) return false;
        int at = 0;
        while (at < one.length() && one.charAt(at) == other.charAt(at)) at++;
        return at + 1 < one.length()
                && one.charAt(at) == other.charAt(at + 1)
                && one.charAt(at + 1) == other.charAt(at)
                && one.substring(at + 2).equals(other.substring(at + 2));
    }

    /** Differences in case, hyphens or underscores do not count. */
    private static String fold(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(java.util.Locale.ROOT);
    }

    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) row[j] = j;
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int substituted = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
