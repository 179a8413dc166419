package org.xenimage.script.policy;

import org.xenimage.image.foreign.LinearExpression;

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
    private static final int SOURCE_MAX = LinearExpression.SOURCE_MAX;
    private final String written;
    private final LinearExpression compiled;

    private MatchPattern(String written, LinearExpression compiled) {
        this.written = written;
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
                default -> expression.append(LinearExpression.quote(String.valueOf(c)));
            }
        }
        return new MatchPattern(
                "\"" + glob + "\"", LinearExpression.of(expression.append("\\z").toString(), "s"));
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
        return new MatchPattern("/" + source + "/", LinearExpression.ofScript(source, flags));
    }

    /**
     * Looks for the pattern.
     *
     * @param text of the image
     * @return whether it is present
     */
    public boolean found(String text) {
        return compiled.found(text);
    }

    /** {@return how it is written in a message} */
    @Override
    public String toString() {
        return written;
    }
}
