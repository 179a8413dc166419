package org.xenimage.image.record;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.layout.FieldKind;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One entry of an HVM context ({@code hvm/save.h}, {@code hvm_save_descriptor}).
 *
 * <pre>
 *   0  u16 typecode  see {@link HvmEntryType}
 *   2  u16 instance  the vCPU, or which one of several devices
 *   4  u32 length    of the body
 *   8  body
 * </pre>
 *
 * @param typecode on the wire
 * @param instance on the wire
 * @param body a group of fields; or bytes, if the type is none that the header names or the length none that it had
 */
public record HvmEntry(int typecode, int instance, FieldValue body) {
    /** The bytes of the descriptor before each body. */
    static final int DESCRIPTOR_LENGTH = 8;

    /** The name of a body that is not a group of fields. */
    private static final String OPAQUE = "bytes";

    private static final Layout DESCRIPTOR =
            Layout.struct(
                    "hvm_save_descriptor",
                    Layout.u16("typecode"),
                    Layout.u16("instance"),
                    Layout.u32("length"));

    /** {@return the type, if the header names one} */
    public Optional<HvmEntryType> type() {
        return HvmEntryType.of(typecode);
    }

    /** {@return the length of the body on the wire} */
    public long length() {
        return layout().filter(layout -> !layout.open())
                .map(Layout::length)
                .orElseGet(() -> (long) bytes(ByteOrder.LITTLE_ENDIAN, fieldName()).length);
    }

    /**
     * The entry as a release of Xen knew it whose structure ended earlier.
     *
     * @param most bytes of the body
     * @param order of the record that holds the entry
     * @return an entry whose body is bytes; this one, if its body is not longer
     */
    public HvmEntry truncated(int most, ByteOrder order) {
        byte[] all = bytes(order, fieldName());
        if (all.length <= most) return this;
        return new HvmEntry(typecode, instance, FieldValue.Bytes.of(Arrays.copyOf(all, most)));
    }

    /** {@return the name of the body among the fields: that of the type, or {@code bytes}} */
    String fieldName() {
        return body instanceof FieldValue.Group ? knownType().fieldName() : OPAQUE;
    }

    /** Every entry has its type and instance, and one body. */
    static FieldKind kind() {
        List<FieldKind.Field> fields = new ArrayList<>();
        fields.add(new FieldKind.Field("typecode", new FieldKind.Whole(16), true));
        fields.add(new FieldKind.Field("instance", new FieldKind.Whole(16), true));
        for (HvmEntryType type : HvmEntryType.values())
            fields.add(new FieldKind.Field(type.fieldName(), HvmLayouts.of(type).kind(), false));
        fields.add(new FieldKind.Field(OPAQUE, new FieldKind.Run(), false));
        return new FieldKind.Group(fields);
    }

    FieldValue.Group fields() {
        return new GroupBuilder()
                .u16("typecode", typecode)
                .u16("instance", instance)
                .add(fieldName(), body)
                .build();
    }

    Optional<Layout> layout() {
        return body instanceof FieldValue.Group group
                ? Optional.of(HvmLayouts.of(knownType()).of(group))
                : Optional.empty();
    }

    byte[] bytes(ByteOrder order, String path) {
        return switch (body) {
            case FieldValue.Group group ->
                    HvmLayouts.of(knownType()).of(group).encode(group, order, path);
            case FieldValue.Bytes bytes -> bytes.toArray();
            case FieldValue.Unsigned _, FieldValue.Text _, FieldValue.Sequence _ ->
                    throw FieldRejected.of(path, "a group of fields or bytes", body);
        };
    }

    static HvmEntry decode(
            int typecode,
            int instance,
            MemorySegment body,
            ByteOrder order,
            Fault place,
            int index,
            long offset)
            throws ImageException {
        Optional<HvmEntryType> type = HvmEntryType.of(typecode);
        if (type.isEmpty() || !HvmLayouts.of(type.get()).fits(body.byteSize()))
            return new HvmEntry(typecode, instance, FieldValue.Bytes.of(body));
        Layout layout = HvmLayouts.of(type.get()).ofLength(body.byteSize());
        String path = "entries[%d].%s".formatted(index, type.get().fieldName());
        return new HvmEntry(typecode, instance, layout.decode(body, order, place, path, offset));
    }

    /** An entry of named fields, its numbers checked against their widths. */
    static HvmEntry of(FieldValue given, String path) {
        if (!(given instanceof FieldValue.Group fields))
            throw FieldRejected.of(path, "a group of fields", given);
        int typecode = number(fields, "typecode", path);
        int instance = number(fields, "instance", path);
        String known = HvmEntryType.of(typecode).map(HvmEntryType::fieldName).orElse(OPAQUE);
        for (String name : fields.members().keySet()) {
            if (!name.equals("typecode")
                    && !name.equals("instance")
                    && !name.equals(known)
                    && !name.equals(OPAQUE))
                throw new FieldRejected(
                        path + "." + name,
                        "typecode, instance, and " + known + " or " + OPAQUE,
                        "a name that an entry of typecode 0x%x does not have".formatted(typecode));
        }
        boolean named = !known.equals(OPAQUE) && fields.find(known).isPresent();
        if (named == fields.find(OPAQUE).isPresent())
            throw new FieldRejected(
                    path, "a body: " + known + " or " + OPAQUE, named ? "both" : "none");
        return new HvmEntry(typecode, instance, named ? fields.group(known) : fields.bytes(OPAQUE));
    }

    /** Puts down the descriptor and the body. */
    void encode(ByteOrder order, String path, ByteArrayOutputStream to) {
        byte[] bytes = bytes(order, path + "." + fieldName());
        FieldValue.Group descriptor =
                new GroupBuilder()
                        .u16("typecode", typecode)
                        .u16("instance", instance)
                        .u32("length", bytes.length)
                        .build();
        to.writeBytes(DESCRIPTOR.encode(descriptor, order, path));
        to.writeBytes(bytes);
    }

    private HvmEntryType knownType() {
        return type().orElseThrow(() ->
                new FieldRejected(
                        "typecode",
                        "one of 0x0 to 0x14 for a body of named fields",
                        "0x" + Integer.toHexString(typecode)));
    }

    private static int number(FieldValue.Group fields, String name, String path) {
        Optional<FieldValue> value = fields.find(name);
        String where = path + "." + name;
        if (value.isEmpty()) throw new FieldRejected(where, "a value", "none");
        if (value.get() instanceof FieldValue.Unsigned number && number.value() >>> 16 == 0)
            return (int) number.value();
        throw FieldRejected.of(where, "at most 0xffff", value.get());
    }
}
