package org.xenimage.script.explain;

/**
 * A line of a difference, for people.
 *
 * @param kind of the line, which decides its colour
 * @param text of the line; may come from an image, and is not escaped
 */
public record ChangeLine(Kind kind, String text) {
    /** The kinds of lines. */
    public enum Kind {
        /** A heading for the lines below. */
        HEADING,
        /** The same on both sides. */
        CONTEXT,
        /** Only on the first side. */
        REMOVED,
        /** Only on the second side. */
        ADDED,
        /** The values before and after, with an arrow between them. */
        CHANGED,
        /** A count of lines that are not shown. */
        MORE
    }
}
