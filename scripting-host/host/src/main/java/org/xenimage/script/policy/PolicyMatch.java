package org.xenimage.script.policy;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which domains a policy is about, decided before any of its code runs. What is not known of an image does not match.
 *
 * @param guests of {@code pv}, {@code hvm}, {@code pvh}; empty for all
 * @param name of the domain
 * @param uuid of the domain, in lowercase
 */
public record PolicyMatch(Set<String> guests, Optional<Criterion> name, Optional<Criterion> uuid) {
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
         * @param text that must stand there
         */
        record Equal(String text) implements Criterion {}

        /**
         * Found somewhere in the text.
         *
         * @param expression in Java's dialect, which reads what both languages have in common the same way
         */
        record Found(Pattern expression) implements Criterion {}

        /**
         * Holds a text against this.
         *
         * @param text of the image
         * @return whether it matches
         */
        default boolean matches(String text) {
            return switch (this) {
                case Equal(String wanted) -> wanted.equals(text);
                case Found(Pattern expression) -> expression.matcher(text).find();
            };
        }

        /** {@return how it is written in a message} */
        default String describe() {
            return switch (this) {
                case Equal(String wanted) -> "\"" + wanted + "\"";
                case Found(Pattern expression) -> "/" + expression + "/";
            };
        }
    }

    /**
     * Holds an image against this.
     *
     * @param image what is known of it
     * @return why it does not match, or nothing if it does
     */
    public Optional<String> mismatch(ImageFacts image) {
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

    private static String orUnknown(String text) {
        return text.isEmpty() ? "not known" : text;
    }
}
