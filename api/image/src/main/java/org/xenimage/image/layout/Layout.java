package org.xenimage.image.layout;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.HeapBounds;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The field table of a record body or of a structure within one: names, offsets, widths and kinds.
 *
 * <p>A layout is declared once, member by member in wire order. It then serves for decoding,
 * encoding, editing by name, comparing, and finding the field at an offset. Members follow each
 * other without gaps: what a C compiler inserts for alignment is written down as {@link #pad}.
 *
 * <p>Lengths and offsets are in bytes. The byte order is a parameter of decoding and encoding. Three rules make
 * encoding the exact inverse of decoding:
 *
 * <ul>
 *   <li>Padding is part of the decoded group only if it is not zero, and may be omitted when
 *       encoding. Fields that a specification calls reserved are ordinary fields.
 *   <li>A count is not a field: it is checked when decoding, and computed when encoding.
 *   <li>Every byte of the body belongs to a member; a body that is longer than its layout is corrupt.
 * </ul>
 *
 * <p>Immutable, and safe for use by several threads.
 */
public final class Layout {
    /** The offset of a body in its record: after the 8 bytes of the record header. */
    public static final int BODY_OFFSET = 8;

    /** How many structures one sequence may have to be decoded; checked before any of them is made. */
    public static final int ITEMS_MAX = Math.min(65_536, HeapBounds.here().entries(512));

    private final String name;
    private final List<Member> members;
    private final Set<String> names = new HashSet<>();
    private final long length;
    private final boolean open;

    private Layout(String name, List<Member> members) {
        this.name = name;
        this.members = List.copyOf(members);
        this.length = members.stream().mapToLong(member -> member.shape.length()).sum();
        this.open = members.stream().anyMatch(member -> member.shape.open());
        for (Member member : this.members) {
            if (!names.add(member.name))
                throw new IllegalArgumentException(name + ": two members " + member.name);
            if (member.shape instanceof Shape.Spaced) names.add(gaps(member.name));
        }
        for (Member member : this.members.subList(0, Math.max(0, members.size() - 1))) {
            if (member.shape.open())
                throw new IllegalArgumentException(name + ": nothing can follow " + member.name);
        }
    }

    /** One entry of a layout: a name and a shape. Made by the methods of {@link Layout}. */
    public static final class Member {
        private final String name;
        private final Shape shape;

        private Member(String name, Shape shape) {
            this.name = name;
            this.shape = shape;
        }

        /** {@return the name, as the specification or the header spells it} */
        public String name() {
            return name;
        }

        /**
         * Restricts an integer to values that the format defines.
         *
         * @param values the only ones allowed, zero-extended
         * @return the restricted member
         */
        public Member allow(long... values) {
            if (!(shape instanceof Shape.Whole(int bytes, _)))
                throw new IllegalArgumentException(name);
            List<Long> allowed = new ArrayList<>();
            for (long value : values) allowed.add(value);
            return new Member(name, new Shape.Whole(bytes, List.copyOf(allowed)));
        }
    }

    /**
     * A layout.
     *
     * @param name of the structure, such as {@code hvm_hw_cpu}
     * @param members in the order of the wire
     * @return the layout
     */
    public static Layout struct(String name, Member... members) {
        return new Layout(name, List.of(members));
    }

    /**
     * A layout that has another one's members and more.
     *
     * @param more members that follow
     * @return the longer layout, of the same name
     */
    public Layout and(Member... more) {
        List<Member> all = new ArrayList<>(members);
        all.addAll(List.of(more));
        return new Layout(name, all);
    }

    /**
     * The first members of a layout: what an older Xen wrote before members were appended.
     *
     * @param first the first omitted member
     * @return the shorter layout, of the same name
     */
    public Layout before(String first) {
        for (int at = 0; at < members.size(); at++) {
            if (members.get(at).name.equals(first)) return new Layout(name, members.subList(0, at));
        }
        throw new IllegalArgumentException(name + ": no member " + first);
    }

    /**
     * An 8-bit integer.
     *
     * @param name of the member
     * @return the member
     */
    public static Member u8(String name) {
        return number(name, 1);
    }

    /**
     * A 16-bit integer.
     *
     * @param name of the member
     * @return the member
     */
    public static Member u16(String name) {
        return number(name, 2);
    }

    /**
     * A 32-bit integer.
     *
     * @param name of the member
     * @return the member
     */
    public static Member u32(String name) {
        return number(name, 4);
    }

    /**
     * A 64-bit integer.
     *
     * @param name of the member
     * @return the member
     */
    public static Member u64(String name) {
        return number(name, 8);
    }

    /**
     * A guest's word, as C's {@code unsigned long}.
     *
     * @param name of the member
     * @param guestWidth 4 or 8 bytes
     * @return the member
     */
    public static Member word(String name, int guestWidth) {
        return number(name, guestWidth);
    }

    /**
     * A run of bytes.
     *
     * @param name of the member
     * @param length of the run
     * @return the member
     */
    public static Member bytes(String name, long length) {
        return new Member(name, new Shape.Run(length));
    }

    /**
     * Padding, which shows only where it is not zero.
     *
     * @param name of the member where it shows
     * @param length of the padding
     * @return the member
     */
    public static Member pad(String name, long length) {
        return new Member(name, new Shape.Padding(length));
    }

    /**
     * A structure within the structure.
     *
     * @param name of the member
     * @param layout of the inner structure
     * @return the member
     */
    public static Member group(String name, Layout layout) {
        return new Member(name, new Shape.Nested(layout));
    }

    /**
     * An array of structures.
     *
     * @param name of the member
     * @param count of the items
     * @param layout of each item
     * @return the member
     */
    public static Member array(String name, int count, Layout layout) {
        return new Member(name, new Shape.Array(count, item(layout)));
    }

    /**
     * An array of integers.
     *
     * @param name of the member
     * @param count of the items
     * @param bytes the width of each item: 1, 2, 4 or 8
     * @return the member
     */
    public static Member numbers(String name, int count, int bytes) {
        return new Member(name, new Shape.Array(count, new Shape.Whole(bytes, List.of())));
    }

    /**
     * Integers with padding after each, such as the registers of an APIC. Padding that is not zero
     * appears as a separate member, {@code _name_gaps}.
     *
     * @param name of the member
     * @param count of the items
     * @param bytes the width of each item: 1, 2, 4 or 8
     * @param stride from one item to the next
     * @return the member
     */
    public static Member spaced(String name, int count, int bytes, int stride) {
        return new Member(name, new Shape.Spaced(count, bytes, stride));
    }

    /**
     * How many items the next {@link #counted} member has. It shows in no group; encoding computes it.
     *
     * @param name of the member, for messages
     * @param bytes its width: 1, 2, 4 or 8
     * @return the member
     */
    public static Member count(String name, int bytes) {
        return new Member(name, new Shape.Count(bytes));
    }

    /**
     * As many structures as the {@link #count} before says. The last member.
     *
     * @param name of the member
     * @param layout of each item
     * @return the member
     */
    public static Member counted(String name, Layout layout) {
        return new Member(name, new Shape.Counted(item(layout)));
    }

    /**
     * Structures up to the end. The last member.
     *
     * @param name of the member
     * @param layout of each item
     * @return the member
     */
    public static Member repeatedToEnd(String name, Layout layout) {
        return new Member(name, new Shape.ToEnd(item(layout)));
    }

    /**
     * Integers up to the end. The last member.
     *
     * @param name of the member
     * @param bytes the width of each item: 1, 2, 4 or 8
     * @return the member
     */
    public static Member numbersToEnd(String name, int bytes) {
        return new Member(name, new Shape.ToEnd(new Shape.Whole(bytes, List.of())));
    }

    /**
     * Bytes up to the end, possibly none. The last member.
     *
     * @param name of the member
     * @return the member
     */
    public static Member rest(String name) {
        return new Member(name, new Shape.Rest());
    }

    /** {@return the name of the structure} */
    public String name() {
        return name;
    }

    /** {@return the bytes that a body has at least, and exactly unless it is {@link #open}} */
    public long length() {
        return length;
    }

    /** {@return whether a body may be longer than {@link #length}} */
    public boolean open() {
        return open;
    }

    /** {@return the members in the order of the wire} */
    public List<Member> members() {
        return members;
    }

    /**
     * The names and kinds of the fields that decoding gives.
     *
     * @return the kind of every group of this layout
     */
    public FieldKind.Group kind() {
        List<FieldKind.Field> fields = new ArrayList<>();
        for (Member member : members) {
            switch (member.shape) {
                case Shape.Count _ -> {}
                case Shape.Padding _ ->
                        fields.add(new FieldKind.Field(member.name, new FieldKind.Run(), false));
                case Shape.Spaced _ -> {
                    fields.add(new FieldKind.Field(member.name, kind(member.shape), true));
                    fields.add(new FieldKind.Field(gaps(member.name), new FieldKind.Run(), false));
                }
                case Shape.Whole _,
                        Shape.Run _,
                        Shape.Nested _,
                        Shape.Array _,
                        Shape.Counted _,
                        Shape.ToEnd _,
                        Shape.Rest _ ->
                        fields.add(new FieldKind.Field(member.name, kind(member.shape), true));
            }
        }
        return new FieldKind.Group(fields);
    }

    private static FieldKind kind(Shape shape) {
        return switch (shape) {
            case Shape.Whole(int bytes, _) -> new FieldKind.Whole(bytes * Byte.SIZE);
            case Shape.Count(int bytes) -> new FieldKind.Whole(bytes * Byte.SIZE);
            case Shape.Run _, Shape.Padding _, Shape.Rest _ -> new FieldKind.Run();
            case Shape.Nested(Layout layout) -> layout.kind();
            case Shape.Array(_, Shape element) -> new FieldKind.Sequence(kind(element));
            case Shape.Counted(Shape element) -> new FieldKind.Sequence(kind(element));
            case Shape.ToEnd(Shape element) -> new FieldKind.Sequence(kind(element));
            case Shape.Spaced(_, int bytes, _) ->
                    new FieldKind.Sequence(new FieldKind.Whole(bytes * Byte.SIZE));
        };
    }

    /**
     * Tells whether a body of some length can have this layout.
     *
     * @param bytes the length of the body
     * @return whether decoding it does not fail for its length alone, counts aside
     */
    public boolean fits(long bytes) {
        if (!open) return bytes == length;
        if (bytes < length) return false;
        return switch (members.getLast().shape) {
            case Shape.ToEnd(Shape element) -> (bytes - length) % element.length() == 0;
            case Shape.Counted(Shape element) -> (bytes - length) % element.length() == 0;
            case Shape.Nested(Layout inner) -> inner.fits(bytes - length + inner.length);
            case Shape.Rest _ -> true;
            case Shape.Whole _,
                    Shape.Run _,
                    Shape.Padding _,
                    Shape.Array _,
                    Shape.Spaced _,
                    Shape.Count _ ->
                    false;
        };
    }

    /**
     * Tells whether a group has the names of this layout: all of them but padding, and no others, groups within it
     * included.
     *
     * @param fields the group
     * @return whether the names are these; numbers and lengths are not checked
     */
    public boolean describes(FieldValue.Group fields) {
        return names.containsAll(fields.members().keySet())
                && members.stream()
                        .filter(Layout::required)
                        .allMatch(member -> describes(member, fields.members().get(member.name)));
    }

    private static boolean describes(Member member, @Nullable FieldValue value) {
        if (value == null) return false;
        return member.shape instanceof Shape.Nested(Layout inner)
                ? value instanceof FieldValue.Group group && inner.describes(group)
                : !(value instanceof FieldValue.Group);
    }

    /**
     * Decodes a body.
     *
     * @param body its bytes, no more
     * @param order of the integers
     * @param place the record: its offset is that of the record header, which the body follows; a fault names the
     *     offset of the field
     * @return the fields
     * @throws ImageException a {@link org.xenimage.image.fault.CorruptImage} if the body is too
     *     short, too long, or has a value that the format does not define; a
     *     {@link org.xenimage.image.fault.LimitExceeded} if it has more than {@link #ITEMS_MAX}
     *     structures in one sequence
     */
    public FieldValue.Group decode(MemorySegment body, ByteOrder order, Fault place)
            throws ImageException {
        return decode(body, order, place, FieldPath.ROOT, BODY_OFFSET);
    }

    /**
     * Decodes a structure within a body.
     *
     * @param structure its bytes, no more
     * @param order of the integers
     * @param place the record, as for {@link #decode(MemorySegment, ByteOrder, Fault)}
     * @param path of the structure, for messages
     * @param offset of the structure from the start of the body
     * @return the fields
     * @throws ImageException as {@link #decode(MemorySegment, ByteOrder, Fault)}
     */
    public FieldValue.Group decode(
            MemorySegment structure, ByteOrder order, Fault place, String path, long offset)
            throws ImageException {
        return decode(structure, order, place, FieldPath.ROOT.name(path), BODY_OFFSET + offset);
    }

    private FieldValue.Group decode(
            MemorySegment body, ByteOrder order, Fault place, FieldPath path, long offset)
            throws ImageException {
        var decoder = new LayoutDecoder(body, order, place, offset);
        FieldValue.Group fields = decoder.group(this, path);
        decoder.end(this, path);
        return fields;
    }

    /**
     * Checks the length of a body that is not decoded to fields.
     *
     * @param bytes the length of the body
     * @param place the record
     * @throws CorruptImage if no body of this layout has that length
     */
    public void checkLength(long bytes, Fault place) throws CorruptImage {
        if (fits(bytes)) return;
        throw new CorruptImage(
                place.field("body_length")
                        .expected(
                                open
                                        ? "0x%x or more, in complete items".formatted(length)
                                        : "0x%x".formatted(length))
                        .found(bytes));
    }

    /**
     * Names a field in a fault.
     *
     * @param place the record, with the offset of its header
     * @param path of a field of this layout
     * @return the place with the path and the offset of the field
     */
    public Fault fault(Fault place, String path) {
        Fault named = place.field(path);
        if (place.offset() == Fault.NO_OFFSET) return named;
        return named.at(place.offset() + BODY_OFFSET + offsetOf(path).orElseThrow());
    }

    /**
     * Encodes fields.
     *
     * <p>An integer may be given in any width that its value fits, and bytes as a text of two hex digits each.
     *
     * @param fields by name, in any order
     * @param order of the integers
     * @return the body
     * @throws FieldRejected if a field is missing, a name is unknown, or a value is none that the field can hold
     */
    public byte[] encode(FieldValue.Group fields, ByteOrder order) {
        return encode(fields, order, "");
    }

    /**
     * Encodes a structure within a body.
     *
     * @param fields by name, in any order
     * @param order of the integers
     * @param path of the structure, for messages
     * @return its bytes
     * @throws FieldRejected as {@link #encode(FieldValue.Group, ByteOrder)}
     */
    public byte[] encode(FieldValue.Group fields, ByteOrder order, String path) {
        var encoder = new LayoutEncoder(order);
        encoder.group(this, fields, path.isEmpty() ? FieldPath.ROOT : FieldPath.ROOT.name(path));
        return encoder.bytes();
    }

    /**
     * Finds the position of a field.
     *
     * @param path of the field, such as {@code params[3].value}
     * @return the bytes from the start of the body, if the layout has such a field; an index up to the end is not
     *     checked against any body
     * @throws FieldRejected if the path is not one
     */
    public OptionalLong offsetOf(String path) {
        return offsetOf(FieldPath.parse(path));
    }

    private OptionalLong offsetOf(List<FieldPath.Step> steps) {
        if (!(steps.getFirst() instanceof FieldPath.Step.Name(String wanted)))
            return OptionalLong.empty();
        long offset = 0;
        for (Member member : members) {
            if (member.name.equals(wanted)) {
                OptionalLong within = within(member.shape, steps.subList(1, steps.size()));
                return within.isPresent() ? OptionalLong.of(offset + within.getAsLong()) : within;
            }
            offset += member.shape.length();
        }
        return OptionalLong.empty();
    }

    private static OptionalLong within(Shape shape, List<FieldPath.Step> steps) {
        if (steps.isEmpty()) return OptionalLong.of(0);
        return switch (shape) {
            case Shape.Nested(Layout inner) -> inner.offsetOf(steps);
            case Shape.Array(int count, Shape element) ->
                    item(element, element.length(), count, steps);
            case Shape.Spaced(int count, int bytes, int stride) ->
                    item(new Shape.Whole(bytes, List.of()), stride, count, steps);
            case Shape.Counted(Shape element) ->
                    item(element, element.length(), Integer.MAX_VALUE, steps);
            case Shape.ToEnd(Shape element) ->
                    item(element, element.length(), Integer.MAX_VALUE, steps);
            case Shape.Whole _, Shape.Run _, Shape.Padding _, Shape.Count _, Shape.Rest _ ->
                    OptionalLong.empty();
        };
    }

    private static OptionalLong item(
            Shape element, long stride, int count, List<FieldPath.Step> steps) {
        if (!(steps.getFirst() instanceof FieldPath.Step.Index(int index)) || index >= count)
            return OptionalLong.empty();
        OptionalLong within = within(element, steps.subList(1, steps.size()));
        return within.isPresent() ? OptionalLong.of(index * stride + within.getAsLong()) : within;
    }

    /**
     * Finds the field at an offset.
     *
     * @param offset from the start of the body
     * @return the path of the innermost field that has this byte, if there is one; the body's end is not known here
     */
    public Optional<String> pathAt(long offset) {
        return pathAt(offset, FieldPath.ROOT).map(FieldPath::toString);
    }

    private Optional<FieldPath> pathAt(long offset, FieldPath path) {
        long start = 0;
        for (Member member : members) {
            long bytes = member.shape.open() ? Long.MAX_VALUE : member.shape.length();
            if (offset >= start && offset - start < bytes)
                return at(member.shape, offset - start, path.name(member.name));
            start += bytes;
        }
        return Optional.empty();
    }

    private static Optional<FieldPath> at(Shape shape, long offset, FieldPath path) {
        return switch (shape) {
            case Shape.Nested(Layout inner) -> inner.pathAt(offset, path);
            case Shape.Array(_, Shape element) -> itemAt(element, element.length(), offset, path);
            case Shape.Spaced(_, int bytes, int stride) ->
                    itemAt(new Shape.Whole(bytes, List.of()), stride, offset, path);
            case Shape.Counted(Shape element) -> itemAt(element, element.length(), offset, path);
            case Shape.ToEnd(Shape element) -> itemAt(element, element.length(), offset, path);
            case Shape.Whole _, Shape.Run _, Shape.Padding _, Shape.Count _, Shape.Rest _ ->
                    Optional.of(path);
        };
    }

    private static Optional<FieldPath> itemAt(
            Shape element, long stride, long offset, FieldPath path) {
        return offset / stride > Integer.MAX_VALUE
                ? Optional.empty()
                : at(element, offset % stride, path.index((int) (offset / stride)));
    }

    @Override
    public String toString() {
        return name;
    }

    static Shape shape(Member member) {
        return member.shape;
    }

    /** Whether a group must have this member to be encoded. */
    static boolean required(Member member) {
        return !(member.shape instanceof Shape.Padding || member.shape instanceof Shape.Count);
    }

    /** The names that a group may have. */
    Set<String> names() {
        return names;
    }

    /** The name of the padding between spaced integers. */
    static String gaps(String spaced) {
        return "_" + spaced + "_gaps";
    }

    private static Member number(String name, int bytes) {
        return new Member(name, new Shape.Whole(bytes, List.of()));
    }

    private static Shape item(Layout layout) {
        if (layout.open || layout.length == 0)
            throw new IllegalArgumentException(layout.name + " has no fixed length");
        return new Shape.Nested(layout);
    }
}
