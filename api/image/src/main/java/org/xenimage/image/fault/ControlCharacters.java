package org.xenimage.image.fault;

/**
 * The characters that a terminal or a reader of lines obeys instead of showing them: controls, format
 * characters (among them those that turn the direction of writing), line and paragraph separators,
 * and halves of surrogate pairs. Names, configs and fields of an image are hostile; none of these
 * characters of theirs reaches a message, a report or a log.
 *
 * <p>This is the one place that says which they are. A tab is among them; who lets it through says
 * so.
 */
public final class ControlCharacters {
    private ControlCharacters() {}

    /**
     * Whether a character is one of them.
     *
     * @param point a code point
     * @return whether it must not be shown as it is
     */
    public static boolean contains(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    true;
            default -> false;
        };
    }

    /**
     * Escapes them all.
     *
     * @param text of any origin
     * @return the same, with every one of them as {@code \\u} and four hexadecimal digits
     */
    public static String escape(String text) {
        return escape(text, false);
    }

    /**
     * Escapes them all but tabs.
     *
     * @param text of any origin
     * @return the same, with every other one as {@code \\u} and four hexadecimal digits
     */
    public static String escapeButTabs(String text) {
        return escape(text, true);
    }

    private static String escape(String text, boolean tabs) {
        int at = 0;
        while (at < text.length() && harmless(text.charAt(at), tabs)) at++;
        if (at == text.length()) return text;
        var escaped = new StringBuilder(text.length() + 16).append(text, 0, at);
        while (at < text.length()) {
            int point = text.codePointAt(at);
            int end = at + Character.charCount(point);
            if ((tabs && point == '\t') || !contains(point)) escaped.appendCodePoint(point);
            else
                for (int i = at; i < end; i++)
                    escaped.append("\\u%04x".formatted((int) text.charAt(i)));
            at = end;
        }
        return escaped.toString();
    }

    /**
     * Whether a byte or a character is printable in ASCII, the space among them: what any terminal
     * shows, in any encoding.
     *
     * @param point an unsigned byte or a code point
     * @return whether it can be shown as it is
     */
    public static boolean printableAscii(int point) {
        return point >= ' ' && point < 0x7f;
    }

    /**
     * A byte of unknown meaning as hex dumps show it.
     *
     * @param unsigned the byte
     * @return the same character if it is printable ASCII, a full stop otherwise
     */
    public static char printableOrDot(int unsigned) {
        return printableAscii(unsigned) ? (char) unsigned : '.';
    }

    /** The quick way through what most texts consist of. */
    private static boolean harmless(char c, boolean tabs) {
        return printableAscii(c) || (tabs && c == '\t');
    }
}
