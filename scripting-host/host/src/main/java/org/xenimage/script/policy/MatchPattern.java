package org.xenimage.script.policy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * A pattern that a policy's header matches texts of an image with: a glob, which covers the whole text, or a regular
 * expression, which is found anywhere in it.
 *
 * <p>Both run before any limit of a script holds, over text that comes from a hostile image. So
 * they are matched in linear time (RE2): look-around and back references, which RE2 does not have,
 * are rejected when the header is read. The size of the compiled pattern is bounded too. Immutable;
 * safe for use by several threads.
 */
public final class MatchPattern {
    private static final int SOURCE_MAX = 1000;
    private static final int REPEATS_MAX = 1000;
    private static final java.util.regex.Pattern REPEAT =
            java.util.regex.Pattern.compile("\\{(\\d{1,9})(?:,(\\d{0,9}))?}");
    private static final java.util.regex.Pattern UNICODE =
            java.util.regex.Pattern.compile("\\\\u(?:\\{([0-9A-Fa-f]+)}|([0-9A-Fa-f]{4}))");

    private final String shown;
    private final Pattern compiled;

    private MatchPattern(String shown, Pattern compiled) {
        this.shown = shown;
        this.compiled = compiled;
    }

    /**
     * A glob: {@code *} stands for any characters, {@code ?} for one.
     *
     * @param glob of the header
     * @return the pattern, which must cover a text from its beginning to its end
     */
    public static MatchPattern glob(String glob) {
        if (glob.length() > SOURCE_MAX)
            throw new IllegalArgumentException(
                    "expected at most " + SOURCE_MAX + " characters, found " + glob.length());
        var expression = new StringBuilder("\\A");
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            switch (c) {
                case '*' -> expression.append(".*");
                case '?' -> expression.append('.');
                default -> expression.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return new MatchPattern(
                "\"" + glob + "\"",
                Pattern.compile(expression.append("\\z").toString(), Pattern.DOTALL));
    }

    /**
     * A regular expression.
     *
     * @param source of the header
     * @param flags letters of {@code i}, {@code m}, {@code s}
     * @return the pattern, which is looked for anywhere in a text
     * @throws IllegalArgumentException if it is not one, or one that does not run in linear time
     */
    public static MatchPattern expression(String source, String flags) {
        if (source.length() > SOURCE_MAX)
            throw new IllegalArgumentException(
                    "expected at most " + SOURCE_MAX + " characters, found " + source.length());
        long repeats = 1;
        var repeat = REPEAT.matcher(source);
        while (repeat.find()) {
            String most = repeat.group(2);
            repeats *=
                    Math.max(
                            1,
                            Long.parseLong(
                                    most == null || most.isEmpty() ? repeat.group(1) : most));
            if (repeats > REPEATS_MAX)
                throw new IllegalArgumentException(
                        "its counts multiply to more than " + REPEATS_MAX + ": use * or +");
        }
        int compiled = 0;
        for (int at = 0; at < flags.length(); at++) {
            char flag = flags.charAt(at);
            compiled |=
                    switch (flag) {
                        case 'i' -> Pattern.CASE_INSENSITIVE;
                        case 'm' -> Pattern.MULTILINE;
                        case 's' -> Pattern.DOTALL;
                        default ->
                                throw new IllegalArgumentException(
                                        "the flag " + flag + " is not supported here");
                    };
        }
        try {
            String translated =
                    UNICODE.matcher(source)
                            .replaceAll(found ->
                                    "\\\\x{"
                                            + (found.group(1) == null
                                                    ? found.group(2)
                                                    : found.group(1))
                                            + "}");
            return new MatchPattern("/" + source + "/", Pattern.compile(translated, compiled));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    e.getDescription()
                            + " `"
                            + e.getPattern()
                            + "`: expected an expression without look-around and back references",
                    e);
        }
    }

    /**
     * Looks for the pattern.
     *
     * @param text of the image
     * @return whether it is present
     */
    public boolean found(String text) {
        return compiled.matcher(text).find();
    }

    /** {@return how it is written in a message} */
    @Override
    public String toString() {
        return shown;
    }
}
