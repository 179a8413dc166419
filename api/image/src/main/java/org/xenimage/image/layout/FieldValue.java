package org.xenimage.image.layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A decoded value: an unsigned integer, an opaque run of bytes, a text, a group of named values, or a sequence.
 *
 * <p>Values are immutable and independent of the image they came from. A value says nothing about byte order or
 * offsets; those are the {@link Layout}'s.
 */
public sealed interface FieldValue {
    /**
     * An unsigned integer.
     *
     * @param bits its width: 8, 16, 32 or 64
     * @param value zero-extended; with 64 bits it reads as an unsigned long
     */
    record Unsigned(int bits, long value) implements FieldValue {
        /** Checks the width, and that the value fits it. */
        public Unsigned {
            if (bits != 8 && bits != 16 && bits != 32 && bits != 64)
                throw new IllegalArgumentException("bits: expected 8, 16, 32 or 64, found " + bits);
            if (bits < 64 && value >>> bits != 0)
                throw new IllegalArgumentException(
                        "value: expected at most 0x%x in %d bits, found 0x%x"
                                .formatted((1L << bits) - 1, bits, value));
        }

        /** {@return the value, never negative} */
        public BigInteger toBigInteger() {
            BigInteger low = BigInteger.valueOf(value & Long.MAX_VALUE);
            return value < 0 ? low.setBit(63) : low;
        }

        /** {@return the value in hex, such as {@code 0x1f}} */
        public String toHex() {
            return "0x" + Long.toHexString(value);
        }

        /** {@return the value in decimal} */
        @Override
        public String toString() {
            return Long.toUnsignedString(value);
        }
    }

    /** An opaque run of bytes. Equal to another if all bytes are. */
    final class Bytes implements FieldValue {
        private static final HexFormat HEX = HexFormat.of();

        private final byte[] bytes;

        private Bytes(byte[] bytes) {
            this.bytes = bytes;
        }

        /**
         * A run of bytes.
         *
         * @param bytes copied
         * @return the run
         */
        public static Bytes of(byte... bytes) {
            return new Bytes(bytes.clone());
        }

        /**
         * A run of bytes.
         *
         * @param bytes copied
         * @return the run
         */
        public static Bytes of(MemorySegment bytes) {
            return new Bytes(bytes.toArray(ValueLayout.JAVA_BYTE));
        }

        /**
         * A run of bytes.
         *
         * @param hex two digits for each byte, nothing between them
         * @return the run
         * @throws FieldRejected if it is not that
         */
        public static Bytes ofHex(String hex) {
            try {
                return new Bytes(HEX.parseHex(hex));
            } catch (IllegalArgumentException e) {
                throw new FieldRejected(
                        "", "bytes, two hex digits for each", FieldRejected.quote(hex));
            }
        }

        /** The bytes of a value: its own, or those that a text gives in hex. */
        static Bytes of(FieldValue value, String path) {
            return switch (value) {
                case Bytes run -> run;
                case Text(String hex) -> {
                    try {
                        yield ofHex(hex);
                    } catch (FieldRejected e) {
                        throw new FieldRejected(path, e.allowed(), e.found());
                    }
                }
                case Unsigned _, Group _, Sequence _ ->
                        throw FieldRejected.of(path, "bytes", value);
            };
        }

        /** {@return how many bytes} */
        public int length() {
            return bytes.length;
        }

        /**
         * One byte.
         *
         * @param index from 0
         * @return the byte, 0 to 255
         */
        public int at(int index) {
            return Byte.toUnsignedInt(bytes[index]);
        }

        /** {@return a copy of the bytes} */
        public byte[] toArray() {
            return bytes.clone();
        }

        /** {@return a read-only view of the bytes} */
        public MemorySegment segment() {
            return MemorySegment.ofArray(bytes).asReadOnly();
        }

        /** {@return whether all bytes are zero; true of an empty run} */
        public boolean zero() {
            for (byte b : bytes) if (b != 0) return false;
            return true;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bytes run && Arrays.equals(bytes, run.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        /** {@return the bytes in lowercase hex, two digits each} */
        @Override
        public String toString() {
            return HEX.formatHex(bytes);
        }
    }

    /**
     * A text. On the wire each character is one byte, as in ISO 8859-1, so that any bytes survive.
     *
     * @param value of characters up to U+00FF
     */
    record Text(String value) implements FieldValue {
        @Override
        public String toString() {
            return value;
        }
    }

    /**
     * Named values, in the order of the wire.
     *
     * <p>Methods that take a path go inwards: {@code user_regs.rip}, {@code entries[3].cpu.rax}. A path that leads
     * nowhere, and a value of another kind than asked for, is {@link FieldRejected}.
     *
     * @param members by name; copied
     */
    record Group(SequencedMap<String, FieldValue> members) implements FieldValue {
        /** Copies the members. */
        public Group {
            members = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(members));
        }

        /**
         * Looks a value up.
         *
         * @param path of the value
         * @return the value, if the path leads to one
         */
        public Optional<FieldValue> find(String path) {
            FieldValue value = this;
            for (FieldPath.Step step : FieldPath.parse(path)) {
                Optional<FieldValue> next = step(value, step);
                if (next.isEmpty()) return next;
                value = next.get();
            }
            return Optional.of(value);
        }

        /**
         * Looks a value up that must be there.
         *
         * @param path of the value
         * @return the value
         * @throws FieldRejected if the path leads nowhere
         */
        public FieldValue get(String path) {
            return find(path).orElseThrow(() -> unknown(path));
        }

        /**
         * Looks an unsigned integer up.
         *
         * @param path of the value
         * @return the value, zero-extended
         */
        public long unsigned(String path) {
            FieldValue value = get(path);
            if (value instanceof Unsigned number) return number.value();
            throw FieldRejected.of(path, "an integer", value);
        }

        /**
         * Looks a run of bytes up.
         *
         * @param path of the value; a text of two hex digits for each byte counts as bytes
         * @return the bytes
         */
        public Bytes bytes(String path) {
            return Bytes.of(get(path), path);
        }

        /**
         * Looks a text up.
         *
         * @param path of the value
         * @return the text
         */
        public String text(String path) {
            FieldValue value = get(path);
            if (value instanceof Text text) return text.value();
            throw FieldRejected.of(path, "a text", value);
        }

        /**
         * Looks a group up.
         *
         * @param path of the value
         * @return the group
         */
        public Group group(String path) {
            FieldValue value = get(path);
            if (value instanceof Group group) return group;
            throw FieldRejected.of(path, "a group", value);
        }

        /**
         * Looks a sequence up.
         *
         * @param path of the value
         * @return the items
         */
        public List<FieldValue> sequence(String path) {
            FieldValue value = get(path);
            if (value instanceof Sequence sequence) return sequence.items();
            throw FieldRejected.of(path, "a sequence", value);
        }

        /**
         * Replaces one value. Whether the field can hold the new one is checked when the group is encoded.
         *
         * @param path of an existing value
         * @param value the new one
         * @return a copy with the new value
         * @throws FieldRejected if the path leads nowhere
         */
        public Group with(String path, FieldValue value) {
            return (Group) replace(this, FieldPath.parse(path), path, value);
        }

        /**
         * Replaces one unsigned integer by one of the same width.
         *
         * @param path of an existing integer
         * @param value the new one, zero-extended
         * @return a copy with the new value
         * @throws FieldRejected if the path leads to no integer, or the value does not fit its width
         */
        public Group with(String path, long value) {
            FieldValue old = get(path);
            if (!(old instanceof Unsigned number)) throw FieldRejected.of(path, "an integer", old);
            if (number.bits() < 64 && value >>> number.bits() != 0)
                throw new FieldRejected(
                        path,
                        "at most 0x%x".formatted((1L << number.bits()) - 1),
                        "0x" + Long.toHexString(value));
            return with(path, new Unsigned(number.bits(), value));
        }

        @Override
        public String toString() {
            return members.toString();
        }

        private FieldRejected unknown(String path) {
            FieldValue value = this;
            var seen = new StringBuilder();
            for (FieldPath.Step step : FieldPath.parse(path)) {
                Optional<FieldValue> next = step(value, step);
                if (next.isEmpty()) break;
                value = next.get();
                switch (step) {
                    case FieldPath.Step.Name(String name) ->
                            (seen.isEmpty() ? seen : seen.append('.')).append(name);
                    case FieldPath.Step.Index(int index) ->
                            seen.append('[').append(index).append(']');
                }
            }
            String there =
                    switch (value) {
                        case Group group -> "one of " + String.join(", ", group.members().keySet());
                        case Sequence(var items) ->
                                items.isEmpty()
                                        ? "no item"
                                        : "an index up to " + (items.size() - 1);
                        case Unsigned _, Bytes _, Text _ -> "the end of the path";
                    };
            return new FieldRejected(
                    path, seen.isEmpty() ? there : there + " at " + seen, "no such field");
        }

        private static Optional<FieldValue> step(FieldValue value, FieldPath.Step step) {
            return switch (step) {
                case FieldPath.Step.Name(String name) ->
                        value instanceof Group group
                                ? Optional.ofNullable(group.members().get(name))
                                : Optional.empty();
                case FieldPath.Step.Index(int index) ->
                        value instanceof Sequence(var items) && index < items.size()
                                ? Optional.of(items.get(index))
                                : Optional.empty();
            };
        }

        private FieldValue replace(
                FieldValue in, List<FieldPath.Step> steps, String path, FieldValue value) {
            if (steps.isEmpty()) return value;
            FieldPath.Step step = steps.getFirst();
            FieldValue old = step(in, step).orElseThrow(() -> unknown(path));
            FieldValue made = replace(old, steps.subList(1, steps.size()), path, value);
            return switch (step) {
                case FieldPath.Step.Name(String name) -> {
                    SequencedMap<String, FieldValue> copy =
                            new LinkedHashMap<>(((Group) in).members());
                    copy.put(name, made);
                    yield new Group(copy);
                }
                case FieldPath.Step.Index(int index) -> {
                    FieldValue[] copy = ((Sequence) in).items().toArray(FieldValue[]::new);
                    copy[index] = made;
                    yield new Sequence(List.of(copy));
                }
            };
        }
    }

    /**
     * Values without names, in the order of the wire.
     *
     * @param items copied
     */
    record Sequence(List<FieldValue> items) implements FieldValue {
        /** Copies the items. */
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String toString() {
            return items.toString();
        }
    }

    /**
     * An 8-bit value.
     *
     * @param value zero-extended
     * @return the value
     */
    static Unsigned u8(long value) {
        return new Unsigned(8, value);
    }

    /**
     * A 16-bit value.
     *
     * @param value zero-extended
     * @return the value
     */
    static Unsigned u16(long value) {
        return new Unsigned(16, value);
    }

    /**
     * A 32-bit value.
     *
     * @param value zero-extended
     * @return the value
     */
    static Unsigned u32(long value) {
        return new Unsigned(32, value);
    }

    /**
     * A 64-bit value.
     *
     * @param value as an unsigned long
     * @return the value
     */
    static Unsigned u64(long value) {
        return new Unsigned(64, value);
    }
}
