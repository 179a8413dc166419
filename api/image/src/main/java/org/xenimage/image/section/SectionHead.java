package org.xenimage.image.section;

import org.xenimage.image.seal.Sha256;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What is known about a site section without reading its content.
 *
 * @param name with the site's namespace, such as {@code example.console-log}
 * @param type of the content, such as {@code text/plain}, or a type that the site defines
 * @param mandatory whether a reader that does not know the section must refuse the image
 * @param length of the content in bytes
 * @param sha256 of the content, 64 hexadecimal digits
 */
public record SectionHead(String name, String type, boolean mandatory, long length, String sha256) {
    /** The longest name, in characters. */
    public static final int NAME_MAX = 40;

    /** How many bytes all sections of one image may have together. */
    public static final long LENGTH_MAX = 64L << 20;

    /** How many sections an image may have. */
    public static final int COUNT_MAX = 64;

    private static final Pattern NAMES =
            Pattern.compile("[a-z0-9][a-z0-9-]*(\\.[a-z0-9][a-z0-9-]*)+");
    private static final Pattern TYPES = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+/_;=-]{0,99}");
    private static final Pattern DIGESTS = Pattern.compile("[0-9a-f]{64}");

    /** Checks the parts. */
    public SectionHead {
        Optional<String> wrong = nameProblem(name).or(() -> typeProblem(type));
        if (wrong.isPresent()) throw new IllegalArgumentException(wrong.get());
        if (length < 0 || length > LENGTH_MAX)
            throw new IllegalArgumentException(
                    "section %s: length: expected at most 0x%x bytes, found 0x%x"
                            .formatted(name, LENGTH_MAX, length));
        if (!DIGESTS.matcher(sha256).matches())
            throw new IllegalArgumentException(
                    "section " + name + ": sha256: expected 64 hexadecimal digits");
    }

    /**
     * Checks the name of a section.
     *
     * @param name to check
     * @return what is wrong with it, if anything
     */
    public static Optional<String> nameProblem(String name) {
        return name.length() <= NAME_MAX && NAMES.matcher(name).matches()
                ? Optional.empty()
                : Optional.of(
                        ("'%s' is not the name of a section: use a namespace, a dot and a name, such as"
                                        + " example.console-log; lower-case letters, digits and -, at most %d"
                                        + " characters")
                                .formatted(name, NAME_MAX));
    }

    /**
     * Checks the type of a section.
     *
     * @param type to check
     * @return what is wrong with it, if anything
     */
    public static Optional<String> typeProblem(String type) {
        return TYPES.matcher(type).matches()
                ? Optional.empty()
                : Optional.of(
                        ("'%s' is not the type of a section: write it as text/plain or example-log,"
                                        + " at most 100 characters")
                                .formatted(type));
    }

    /**
     * Checks the sections of one image together.
     *
     * @param heads of all of them
     * @return what is wrong, if anything: too many, too large together, or two of one name
     */
    public static Optional<String> problemTogether(List<SectionHead> heads) {
        if (heads.size() > COUNT_MAX)
            return Optional.of(
                    "expected at most %d sections in an image, found %d"
                            .formatted(COUNT_MAX, heads.size()));
        long length = heads.stream().mapToLong(SectionHead::length).sum();
        if (length > LENGTH_MAX)
            return Optional.of(
                    ("expected at most 0x%x bytes of sections in an image, found 0x%x;"
                                    + " store large data outside the image")
                            .formatted(LENGTH_MAX, length));
        Set<String> names = new HashSet<>();
        for (SectionHead head : heads)
            if (!names.add(head.name())) return Optional.of("two sections " + head.name());
        return Optional.empty();
    }

    /** {@return a digest of all fields except the length, in hexadecimal digits: the stamp in a statement} */
    public String stamp() {
        String all = String.join("\n", name, type, mandatory ? "mandatory" : "optional", sha256);
        return Sha256.text(all.getBytes(StandardCharsets.US_ASCII));
    }
}
