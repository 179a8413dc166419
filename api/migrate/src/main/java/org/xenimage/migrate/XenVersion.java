package org.xenimage.migrate;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A release of Xen: what it restores depends on these two numbers, not on the point release.
 *
 * @param major such as 4
 * @param minor such as 17
 */
public record XenVersion(int major, int minor) implements Comparable<XenVersion> {
    private static final Pattern TEXT =
            Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})([.-][0-9A-Za-z.+-]{0,60})?");
    private static final Comparator<XenVersion> ORDER =
            Comparator.comparingInt(XenVersion::major).thenComparingInt(XenVersion::minor);

    /** Checks the numbers. */
    public XenVersion {
        if (major < 0 || minor < 0)
            throw new IllegalArgumentException(
                    "expected numbers above -1, found " + major + "." + minor);
    }

    /**
     * Reads a version.
     *
     * @param text such as {@code 4.17} or {@code 4.17.7-pre}
     * @return the version, if it is one
     */
    public static Optional<XenVersion> parse(String text) {
        Matcher numbers = TEXT.matcher(text);
        if (!numbers.matches()) return Optional.empty();
        return Optional.of(
                new XenVersion(
                        Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2))));
    }

    @Override
    public int compareTo(XenVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
