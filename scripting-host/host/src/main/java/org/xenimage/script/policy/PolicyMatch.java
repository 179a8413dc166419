package org.xenimage.script.policy;

import java.util.Optional;
import java.util.Set;

/**
 * Which domains a policy is about, decided before any of its code runs. Unknown facts about an
 * image do not match.
 *
 * @param guests of {@code pv}, {@code hvm}, {@code pvh}; empty for all
 * @param name of the domain
 * @param uuid of the domain, in lowercase
 */
public record PolicyMatch(Set<String> guests, Optional<Criterion> name, Optional<Criterion> uuid) {
    /** In characters: the longest text of an image that is matched. */
    private static final int TEXT_MAX = 1 << 17;

    /** Every domain. */
    public static final PolicyMatch ALL =
            new PolicyMatch(Set.of(), Optional.empty(), Optional.empty());

    /** Copies the set. */
    public PolicyMatch {
        guests = Set.copyOf(guests);
    }

    /** What a text must be. */
    public sealed interface Criterion {
        /**
         * Equal, to the letter.
         *
         * @param text that must match exactly
         */
        record Equal(String text) implements Criterion {}

        /**
         * Found by a pattern.
         *
         * @param pattern a glob or a regular expression
         */
        record Found(MatchPattern pattern) implements Criterion {}

        /**
         * What a text says: with {@code *} or {@code ?} a glob; any other must match exactly.
         *
         * @param text of a header or a set
         * @return the criterion
         * @throws IllegalArgumentException if it is too long
         */
        static Criterion of(String text) {
            return text.indexOf('*') < 0 && text.indexOf('?') < 0
                    ? new Equal(text)
                    : new Found(MatchPattern.glob(text));
        }

        /**
         * Holds a text against this.
         *
         * @param text of the image
         * @return whether it matches
         */
        default boolean matches(String text) {
            return switch (this) {
                case Equal(String wanted) -> wanted.equals(text);
                case Found(MatchPattern pattern) -> pattern.found(text);
            };
        }

        /** {@return how it is written in a message} */
        default String describe() {
            return switch (this) {
                case Equal(String wanted) -> "\"" + wanted + "\"";
                case Found(MatchPattern pattern) -> pattern.toString();
            };
        }
    }

    /**
     * Holds an image against this.
     *
     * @param image the facts about it
     * @return why it does not match, or nothing if it does
     * @throws IllegalArgumentException if a text of the image is too long to be matched
     */
    public Optional<String> mismatch(ImageFacts image) {
        image.name().ifPresent(text -> requireBounded("name", text));
        image.uuid().ifPresent(text -> requireBounded("uuid", text));
        if (!guests.isEmpty() && !guests.contains(image.guest()))
            return Optional.of(
                    "guest is "
                            + orUnknown(image.guest())
                            + ", not "
                            + String.join(" or ", guests.stream().sorted().toList()));
        if (name.isPresent()
                && !(image.name().isPresent() && name.get().matches(image.name().get())))
            return Optional.of(
                    "name is "
                            + orUnknown(image.name().orElse(""))
                            + ", not "
                            + name.get().describe());
        if (uuid.isPresent()
                && !(image.uuid().isPresent() && uuid.get().matches(image.uuid().get())))
            return Optional.of(
                    "uuid is "
                            + orUnknown(image.uuid().orElse(""))
                            + ", not "
                            + uuid.get().describe());
        return Optional.empty();
    }

    /** A name that is too long matches nothing and everything: no policy may be evaded by it. */
    private static void requireBounded(String what, String text) {
        if (text.length() > TEXT_MAX)
            throw new IllegalArgumentException(
                    "the %s of the domain has %d characters: expected at most %d"
                            .formatted(what, text.length(), TEXT_MAX));
    }

    private static String orUnknown(String text) {
        return text.isEmpty() ? "not known" : text;
    }
}
