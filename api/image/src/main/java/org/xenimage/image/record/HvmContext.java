package org.xenimage.image.record;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.layout.FieldKind;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * The state of an HVM guest that Xen holds (libxc-migration-stream, section HVM_CONTEXT;
 * {@code hvm/save.h}): entries one after the other, the last of which is END.
 *
 * <p>Among the fields each entry is a group of {@code typecode}, {@code instance} and its body, which has the name of
 * the entry's type: {@code entries[3].cpu.rax}, {@code entries[5].lapic_regs.tpr}. A body of a type or a length that
 * the headers do not know is a run of bytes named {@code bytes}.
 *
 * @param entries in the order of the wire, END included
 * @param trailing bytes after END, which Xen does not write; empty as a rule, and then no field
 */
public record HvmContext(List<HvmEntry> entries, FieldValue.Bytes trailing) implements XenRecord {
    private static final String ENTRIES = "entries";
    private static final String TRAILING = "trailing";

    /** Copies the list. */
    public HvmContext {
        entries = List.copyOf(entries);
    }

    static HvmContext decode(RecordContext context, MemorySegment body, Fault place)
            throws ImageException {
        ByteOrder order = context.order();
        ValueLayout.OfShort u16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        List<HvmEntry> entries = new ArrayList<>();
        long at = 0;
        boolean ended = false;
        while (!ended) {
            long left = body.byteSize() - at;
            if (left < HvmEntry.DESCRIPTOR_LENGTH)
                throw new CorruptImage(
                        fault(place, entries.size(), "", at)
                                .problem(left == 0 ? "is missing" : "is truncated")
                                .expected(
                                        left == 0
                                                ? "END before the end of the body"
                                                : "a descriptor of 8 bytes")
                                .found(left == 0 ? "" : left + ""));
            if (entries.size() == Layout.ITEMS_MAX)
                throw new LimitExceeded(
                        fault(place, entries.size(), "", at)
                                .problem("is one entry more than this release can decode")
                                .remedy("the record can be copied without being decoded"));
            int typecode = Short.toUnsignedInt(body.get(u16, at));
            int instance = Short.toUnsignedInt(body.get(u16, at + 2));
            long length = Integer.toUnsignedLong(body.get(u32, at + 4));
            if (length > left - HvmEntry.DESCRIPTOR_LENGTH)
                throw new CorruptImage(
                        fault(place, entries.size(), ".length", at + 4)
                                .expected(
                                        "at most 0x"
                                                + Long.toHexString(
                                                        left - HvmEntry.DESCRIPTOR_LENGTH))
                                .found(length));
            long start = at + HvmEntry.DESCRIPTOR_LENGTH;
            entries.add(
                    HvmEntry.decode(
                            typecode,
                            instance,
                            body.asSlice(start, length),
                            order,
                            place,
                            entries.size(),
                            start));
            at = start + length;
            ended = typecode == HvmEntryType.END.code();
        }
        return new HvmContext(entries, FieldValue.Bytes.of(body.asSlice(at)));
    }

    private static Fault fault(Fault place, int entry, String field, long at) {
        Fault named = place.field("entries[%d]%s".formatted(entry, field));
        return place.offset() == Fault.NO_OFFSET
                ? named
                : named.at(place.offset() + Layout.BODY_OFFSET + at);
    }

    static FieldKind kind() {
        return new FieldKind.Group(
                List.of(
                        new FieldKind.Field(ENTRIES, new FieldKind.Sequence(HvmEntry.kind()), true),
                        new FieldKind.Field(TRAILING, new FieldKind.Run(), false)));
    }

    static byte[] encode(RecordContext context, FieldValue.Group fields) {
        return of(fields).encode(context);
    }

    private static HvmContext of(FieldValue.Group fields) {
        List<HvmEntry> entries = new ArrayList<>();
        for (String name : fields.members().keySet()) {
            if (!name.equals(ENTRIES) && !name.equals(TRAILING))
                throw new FieldRejected(
                        name, "one of entries, trailing", "a name that HVM_CONTEXT does not have");
        }
        for (FieldValue entry : fields.sequence(ENTRIES))
            entries.add(HvmEntry.of(entry, "entries[%d]".formatted(entries.size())));
        boolean trailed = fields.members().containsKey(TRAILING);
        return new HvmContext(entries, trailed ? fields.bytes(TRAILING) : FieldValue.Bytes.of());
    }

    /**
     * Finds the entries of one type.
     *
     * @param type of the entries
     * @return the entries, in the order of the wire
     */
    public List<HvmEntry> entries(HvmEntryType type) {
        return entries.stream().filter(entry -> entry.typecode() == type.code()).toList();
    }

    @Override
    public RecordType type() {
        return RecordType.HVM_CONTEXT;
    }

    @Override
    public FieldValue.Group fields() {
        GroupBuilder fields =
                new GroupBuilder().groups(ENTRIES, entries.stream().map(HvmEntry::fields).toList());
        return trailing.length() == 0 ? fields.build() : fields.add(TRAILING, trailing).build();
    }

    @Override
    public byte[] encode(RecordContext context) {
        var body = new ByteArrayOutputStream();
        for (int at = 0; at < entries.size(); at++)
            entries.get(at).encode(context.order(), "entries[%d]".formatted(at), body);
        body.writeBytes(trailing.toArray());
        return body.toByteArray();
    }

    /** {@return the names of the typecodes, such as {@code CPU} by {@code entries[1].typecode}} */
    @Override
    public SequencedMap<String, String> names() {
        SequencedMap<String, String> names = new LinkedHashMap<>();
        for (int at = 0; at < entries.size(); at++) {
            String path = "entries[%d].typecode".formatted(at);
            entries.get(at).type().ifPresent(type -> names.put(path, type.name()));
        }
        return Collections.unmodifiableSequencedMap(names);
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.empty();
    }

    @Override
    public OptionalLong offsetOf(String path, RecordContext context) {
        if (fields().find(path).isEmpty()) return OptionalLong.empty();
        if (path.equals(ENTRIES)) return OptionalLong.of(0);
        long offset = 0;
        for (int at = 0; at < entries.size(); at++) {
            HvmEntry entry = entries.get(at);
            String head = "entries[%d]".formatted(at);
            if (path.startsWith(head)) return within(entry, path.substring(head.length()), offset);
            offset += HvmEntry.DESCRIPTOR_LENGTH + entry.length();
        }
        return OptionalLong.of(offset);
    }

    private static OptionalLong within(HvmEntry entry, String path, long offset) {
        if (path.isEmpty() || path.equals(".typecode")) return OptionalLong.of(offset);
        if (path.equals(".instance")) return OptionalLong.of(offset + 2);
        long body = offset + HvmEntry.DESCRIPTOR_LENGTH;
        int dot = path.indexOf('.', 1);
        if (dot < 0) return OptionalLong.of(body);
        OptionalLong field = entry.layout().orElseThrow().offsetOf(path.substring(dot + 1));
        return field.isPresent() ? OptionalLong.of(body + field.getAsLong()) : field;
    }

    @Override
    public Optional<String> pathAt(long offset, RecordContext context) {
        long start = 0;
        for (int at = 0; at < entries.size(); at++) {
            HvmEntry entry = entries.get(at);
            long body = start + HvmEntry.DESCRIPTOR_LENGTH;
            long next = body + entry.length();
            if (offset >= start && offset < next)
                return Optional.of("entries[%d]".formatted(at) + at(entry, offset - start));
            start = next;
        }
        return offset >= start && offset - start < trailing.length()
                ? Optional.of(TRAILING)
                : Optional.empty();
    }

    private static String at(HvmEntry entry, long offset) {
        if (offset < 2) return ".typecode";
        if (offset < 4) return ".instance";
        if (offset < HvmEntry.DESCRIPTOR_LENGTH) return ".length";
        String body = "." + entry.fieldName();
        return entry.layout()
                .flatMap(layout -> layout.pathAt(offset - HvmEntry.DESCRIPTOR_LENGTH))
                .map(field -> body + "." + field)
                .orElse(body);
    }
}
