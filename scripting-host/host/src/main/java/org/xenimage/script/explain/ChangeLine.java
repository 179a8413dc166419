package org.xenimage.script.explain;

/**
 * A line of a difference, for people.
 *
 * @param kind what the line says, which decides its colour
 * @param text of the line; may come from an image, and is not escaped
 */
public record ChangeLine(Kind kind, String text) {
    /** What a line says. */
    public enum Kind {
        /** What the lines below are about. */
        HEADING,
        /** What is the same on both sides. */
        CONTEXT,
        /** What only the first side has. */
        REMOVED,
        /** What only the second side has. */
        ADDED,
        /** A value on both sides of an arrow. */
        CHANGED,
        /** What is counted and not shown. */
        MORE
    }
}
