package org.xenimage.image.page;

import org.xenimage.image.foreign.LinearExpression;

import java.util.Optional;

/**
 * A regular expression over the bytes of pages, in the syntax of RE2, where each byte is one character, 0x00 to 0xff.
 *
 * <p>It is matched in linear time, whatever the pages hold: look-around and back references, which RE2 does not
 * have, are rejected. So are the anchors {@code ^}, {@code $}, {@code \A} and {@code \z}, because memory has no
 * lines, and expressions that match nothing at all. The source is ASCII; {@code \xC3\xA9} matches the two bytes of
 * an é in UTF-8. An expression that begins with a literal, as {@code AKIA[0-9A-Z]{16}} does, is looked for by that
 * literal first, at the speed of a {@link PagePattern}; any other is matched against all bytes, which takes many
 * times as long. Immutable, for any number of threads.
 */
public final class PageExpression {
    /** The greatest length of a source in characters. */
    public static final int SOURCE_MAX = LinearExpression.SOURCE_MAX;

    private static final int FILL_TRIED = 1000;
    private static final int LITERAL_MIN = 2;
    private static final String META = ".[](){}*+?|^$\\";

    private final String source;
    private final LinearExpression compiled;
    private final Optional<PagePattern> literal;

    private PageExpression(String source, LinearExpression compiled) {
        this.source = source;
        this.compiled = compiled;
        this.literal = literal(source);
    }

    /**
     * Compiles an expression.
     *
     * @param source in the syntax of RE2
     * @return the expression
     * @throws IllegalArgumentException if it is not one, or one that cannot be used on pages
     */
    public static PageExpression of(String source) {
        if (source.isEmpty() || source.length() > SOURCE_MAX)
            throw new IllegalArgumentException(
                    "regex: expected 1 to " + SOURCE_MAX + " characters, found " + source.length());
        requireAscii(source);
        requireNoAnchors(source);
        LinearExpression compiled;
        try {
            compiled = LinearExpression.of(source, "");
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("regex " + source + ": " + e.getMessage(), e);
        }
        if (compiled.matches(""))
            throw new IllegalArgumentException(
                    "regex " + source + ": expected an expression that does not match nothing");
        return new PageExpression(source, compiled);
    }

    private static void requireAscii(String source) {
        if (source.chars().allMatch(c -> c >= ' ' && c <= '~')) return;
        throw new IllegalArgumentException(
                "regex %s: expected printable ASCII; write other bytes as \\xC3\\xA9"
                        .formatted(source));
    }

    private static void requireNoAnchors(String source) {
        boolean inClass = false;
        for (int at = 0; at < source.length(); at++) {
            char c = source.charAt(at);
            boolean anchor = !inClass && (c == '^' || c == '$');
            if (c == '\\' && at + 1 < source.length()) {
                at++;
                anchor = !inClass && "AzZ".indexOf(source.charAt(at)) >= 0;
            } else if (c == '[' && !inClass) {
                inClass = true;
                if (source.startsWith("^", at + 1)) at++;
                if (source.startsWith("]", at + 1)) at++;
            } else if (c == ']') {
                inClass = false;
            }
            if (anchor)
                throw new IllegalArgumentException(
                        "regex %s: expected no anchor, found %s: memory has no lines"
                                .formatted(source, source.substring(0, at + 1)));
        }
    }

    /** The bytes that every match begins with, if they can be read off the source and are at least two. */
    private static Optional<PagePattern> literal(String source) {
        int depth = 0;
        for (int at = 0; at < source.length(); at++) {
            char c = source.charAt(at);
            if (c == '\\') at++;
            else if (c == '(') depth++;
            else if (c == ')') depth--;
            else if (c == '|' && depth == 0) return Optional.empty();
        }
        var literal = new StringBuilder();
        int at = 0;
        while (at < source.length()) {
            char c = source.charAt(at);
            int length = 1;
            if (c == '\\') {
                if (at + 1 == source.length() || META.indexOf(source.charAt(at + 1)) < 0) break;
                c = source.charAt(at + 1);
                length = 2;
            } else if (META.indexOf(c) >= 0) {
                break;
            }
            int after = at + length;
            if (after < source.length() && "*?{".indexOf(source.charAt(after)) >= 0) break;
            literal.append(c);
            at = after;
        }
        return literal.length() < LITERAL_MIN
                ? Optional.empty()
                : Optional.of(PagePattern.ofText(literal.toString()));
    }

    /** {@return what every match begins with, if anything is known of it} */
    Optional<PagePattern> literal() {
        return literal;
    }

    /** {@return a search over the bytes of a run of pages} */
    LinearExpression.Search over(CharSequence run) {
        return compiled.over(run);
    }

    /** {@return whether it matches anywhere in repetitions of one byte} */
    boolean matchesRepeated(byte fill) {
        return compiled.found(String.valueOf((char) (fill & 0xff)).repeat(FILL_TRIED));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PageExpression that && source.equals(that.source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    /** {@return its source, as {@link #of} takes it} */
    public String source() {
        return source;
    }

    /** {@return its source, as in a message} */
    @Override
    public String toString() {
        return "/" + source + "/";
    }
}
