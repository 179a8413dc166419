package org.xenimage.image.layout;

import java.util.List;

/**
 * What a {@link FieldValue} can be, without a body to decode: the names and kinds of the fields of a
 * layout, for documentation, typings and completion.
 *
 * <p>Made by {@link Layout#kind}, so that it cannot differ from what decoding gives. Immutable, and
 * safe for use by several threads.
 */
public sealed interface FieldKind {
    /**
     * An unsigned integer.
     *
     * @param bits its width: 8, 16, 32 or 64
     */
    record Whole(int bits) implements FieldKind {}

    /** A run of bytes. */
    record Run() implements FieldKind {}

    /** A text. */
    record Text() implements FieldKind {}

    /**
     * Named values.
     *
     * @param fields in the order of the wire
     */
    record Group(List<Field> fields) implements FieldKind {
        /** Copies the list. */
        public Group {
            fields = List.copyOf(fields);
        }
    }

    /**
     * Values without names.
     *
     * @param item what each of them is
     */
    record Sequence(FieldKind item) implements FieldKind {}

    /**
     * What it is depends on the release that wrote it, on the guest, or on another field.
     *
     * @param kinds the alternatives, that of today first
     */
    record OneOf(List<FieldKind> kinds) implements FieldKind {
        /** Copies the list. */
        public OneOf {
            kinds = List.copyOf(kinds);
        }
    }

    /**
     * A named value of a group.
     *
     * @param name as the specification or the header spells it
     * @param kind what it is
     * @param always whether every group has it; padding appears only where it is not zero
     */
    record Field(String name, FieldKind kind, boolean always) {}
}
