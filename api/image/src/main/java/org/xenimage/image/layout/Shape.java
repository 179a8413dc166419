package org.xenimage.image.layout;

import java.util.List;

/** The shape of one member of a layout. */
sealed interface Shape {
    /**
     * An unsigned integer.
     *
     * @param bytes its width: 1, 2, 4 or 8
     * @param allowed the only values it can have; any, if empty
     */
    record Whole(int bytes, List<Long> allowed) implements Shape {}

    /** A run of bytes of fixed length. */
    record Run(long bytes) implements Shape {}

    /** Bytes between fields, part of the decoded group only where they are not zero. */
    record Padding(long bytes) implements Shape {}

    /** A nested group. */
    record Nested(Layout layout) implements Shape {}

    /** A fixed number of consecutive integers or groups. */
    record Array(int count, Shape element) implements Shape {}

    /** A fixed number of integers, with padding after each. */
    record Spaced(int count, int bytes, int stride) implements Shape {}

    /** How many items the next {@link Counted} member has; not a value of its own. */
    record Count(int bytes) implements Shape {}

    /** As many integers or groups as the count before said. */
    record Counted(Shape element) implements Shape {}

    /** Integers or groups up to the end. */
    record ToEnd(Shape element) implements Shape {}

    /** Bytes up to the end, possibly none. */
    record Rest() implements Shape {}

    /** The minimum number of bytes. */
    default long length() {
        return switch (this) {
            case Whole(int bytes, _) -> bytes;
            case Run(long bytes) -> bytes;
            case Padding(long bytes) -> bytes;
            case Nested(Layout layout) -> layout.length();
            case Array(int count, Shape element) -> count * element.length();
            case Spaced(int count, _, int stride) -> (long) count * stride;
            case Count(int bytes) -> bytes;
            case Counted _, ToEnd _, Rest _ -> 0;
        };
    }

    /** Whether there may be more bytes than {@link #length}. */
    default boolean open() {
        return switch (this) {
            case Counted _, ToEnd _, Rest _ -> true;
            case Nested(Layout layout) -> layout.open();
            case Whole _, Run _, Padding _, Array _, Spaced _, Count _ -> false;
        };
    }
}
