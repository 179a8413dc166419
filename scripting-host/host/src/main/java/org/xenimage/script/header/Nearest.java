package org.xenimage.script.header;

import java.util.Collection;

/** Finds what somebody may have meant. */
public final class Nearest {
    private Nearest() {}

    /**
     * What to add to a complaint of an unknown name.
     *
     * @param unknown name
     * @param known names
     * @return {@code "; did you mean …?"}, or the known names, or nothing if there are none
     */
    public static String suggestion(String unknown, Collection<String> known) {
        String best = "";
        int least = Math.max(2, unknown.length() / 3) + 1;
        for (String name : known) {
            int distance = distance(fold(unknown), fold(name));
            if (distance < least) {
                least = distance;
                best = name;
            }
        }
        if (!best.isEmpty()) return "; did you mean " + best + "?";
        return known.isEmpty() ? "" : "; known are " + String.join(", ", known);
    }

    /** Spelling that differs by case, hyphens or underscores only is no distance. */
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
