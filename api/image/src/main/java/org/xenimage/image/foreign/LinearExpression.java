package org.xenimage.image.foreign;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * A regular expression that is matched in linear time, whatever it is matched against: the syntax of RE2, which has no
 * look-around and no back references. What an image holds may be hostile, so it meets no other regular expression that
 * a person wrote. Immutable; safe for use by several threads.
 */
public final class LinearExpression {
    /** The greatest length of a source in characters; the caller holds it against this. */
    public static final int SOURCE_MAX = 1000;

    /** What the counts of an expression may multiply to: each repeats its part in the compiled program. */
    private static final int REPEATS_MAX = 1000;

    private static final java.util.regex.Pattern REPEAT =
            java.util.regex.Pattern.compile("\\{(\\d{1,9})(?:,(\\d{0,9}))?}");

    private static final java.util.regex.Pattern CODE_POINT =
            java.util.regex.Pattern.compile("\\\\u(?:\\{([0-9A-Fa-f]+)}|([0-9A-Fa-f]{4}))");

    private final Pattern compiled;

    private LinearExpression(Pattern compiled) {
        this.compiled = compiled;
    }

    /**
     * Compiles an expression.
     *
     * @param source in the syntax of RE2, of at most {@link #SOURCE_MAX} characters
     * @param flags letters of {@code i}, {@code m}, {@code s}
     * @return the expression
     * @throws IllegalArgumentException if it is not one, or its compiled program would be too large
     */
    public static LinearExpression of(String source, String flags) {
        requireFewRepeats(source);
        return compiled(source, flags);
    }

    /**
     * Compiles an expression of a script, which may also name a character by a backslash, {@code u} and its number:
     * four digits, or any in braces.
     *
     * @param source in the syntax of RE2, and with such names
     * @param flags as for {@link #of}
     * @return the expression
     * @throws IllegalArgumentException as {@link #of}
     */
    public static LinearExpression ofScript(String source, String flags) {
        requireFewRepeats(source);
        String translated =
                CODE_POINT
                        .matcher(source)
                        .replaceAll(found ->
                                "\\\\x{"
                                        + (found.group(1) == null ? found.group(2) : found.group(1))
                                        + "}");
        return compiled(translated, flags);
    }

    private static LinearExpression compiled(String source, String flags) {
        int bits = 0;
        for (int at = 0; at < flags.length(); at++) bits |= bit(flags.charAt(at));
        try {
            return new LinearExpression(Pattern.compile(source, bits));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "%s `%s`: expected an expression without look-around and back references"
                            .formatted(e.getDescription(), e.getPattern()),
                    e);
        }
    }

    private static int bit(char flag) {
        return switch (flag) {
            case 'i' -> Pattern.CASE_INSENSITIVE;
            case 'm' -> Pattern.MULTILINE;
            case 's' -> Pattern.DOTALL;
            default ->
                    throw new IllegalArgumentException(
                            "the flag " + flag + " is not supported here");
        };
    }

    private static void requireFewRepeats(String source) {
        long repeats = 1;
        var repeat = REPEAT.matcher(source);
        while (repeat.find()) {
            String most = repeat.group(2);
            long count = Long.parseLong(most == null || most.isEmpty() ? repeat.group(1) : most);
            repeats *= Math.max(1, count);
            if (repeats > REPEATS_MAX)
                throw new IllegalArgumentException(
                        "its counts multiply to more than " + REPEATS_MAX + ": use * or +");
        }
    }

    /**
     * An expression that matches a text and nothing else.
     *
     * @param text to match
     * @return its source
     */
    public static String quote(String text) {
        return Pattern.quote(text);
    }

    /**
     * Whether all of a text matches.
     *
     * @param text to match
     * @return whether it does
     */
    public boolean matches(String text) {
        return compiled.matches(text);
    }

    /**
     * Looks for a match.
     *
     * @param text to search
     * @return whether there is one anywhere
     */
    public boolean found(CharSequence text) {
        return compiled.matcher(text).find();
    }

    /**
     * Begins to search a text for one match after the other.
     *
     * @param text to search
     * @return the search, at no match
     */
    public Search over(CharSequence text) {
        return new Search(compiled.matcher(text));
    }

    /** A search of one text, at one match at a time. Not safe for use by several threads. */
    public static final class Search {
        private final Matcher matcher;

        private Search(Matcher matcher) {
            this.matcher = matcher;
        }

        /**
         * Goes to the next match.
         *
         * @param from where it may begin, at the earliest
         * @return whether there is one
         */
        public boolean find(int from) {
            return matcher.find(from);
        }

        /** {@return where the match begins} */
        public int start() {
            return matcher.start();
        }

        /** {@return where the match ends: the character after its last} */
        public int end() {
            return matcher.end();
        }
    }
}
