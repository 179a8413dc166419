package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Gathers the fields of a record in the order of the wire. */
final class GroupBuilder {
    private final SequencedMap<String, FieldValue> members = new LinkedHashMap<>();

    GroupBuilder add(String name, FieldValue value) {
        members.put(name, value);
        return this;
    }

    GroupBuilder u8(String name, long value) {
        return number(name, 8, value);
    }

    GroupBuilder u16(String name, long value) {
        return number(name, 16, value);
    }

    GroupBuilder u32(String name, long value) {
        return number(name, 32, value);
    }

    GroupBuilder u64(String name, long value) {
        return number(name, 64, value);
    }

    GroupBuilder groups(String name, List<FieldValue.Group> items) {
        return add(name, new FieldValue.Sequence(List.copyOf(items)));
    }

    FieldValue.Group build() {
        return new FieldValue.Group(members);
    }

    /** A value that does not fit continues as 64 bits, so that encoding rejects it by name. */
    private GroupBuilder number(String name, int bits, long value) {
        return add(
                name, new FieldValue.Unsigned(value >>> (bits - 1) >>> 1 == 0 ? bits : 64, value));
    }
}
