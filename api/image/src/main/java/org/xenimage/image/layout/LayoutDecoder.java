package org.xenimage.image.layout;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** A cursor over one body that knows its position, and reports what it expected there. */
final class LayoutDecoder {
    private final MemorySegment body;
    private final Fault place;
    private final long start;
    private final ValueLayout.OfShort u16;
    private final ValueLayout.OfInt u32;
    private final ValueLayout.OfLong u64;
    private long position;
    private long count;

    /**
     * A cursor at the beginning of a body.
     *
     * @param start of the body, from the offset of the place
     */
    LayoutDecoder(MemorySegment body, ByteOrder order, Fault place, long start) {
        this.body = body;
        this.place = place;
        this.start = start;
        this.u16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
        this.u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        this.u64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
    }

    FieldValue.Group group(Layout layout, FieldPath path) throws ImageException {
        SequencedMap<String, FieldValue> members = new LinkedHashMap<>();
        for (Layout.Member member : layout.members()) {
            String name = member.name();
            FieldPath field = path.name(name);
            switch (Layout.shape(member)) {
                case Shape.Padding(long bytes) -> {
                    FieldValue.Bytes padding = run(bytes, field);
                    if (!padding.zero()) members.put(name, padding);
                }
                case Shape.Spaced spaced -> spaced(spaced, name, field, members);
                case Shape.Count(int bytes) -> count = number(bytes, field);
                case Shape.Counted(Shape element) ->
                        members.put(name, items(checkedCount(element, field), element, field));
                case Shape.ToEnd(Shape element) ->
                        members.put(name, items(countToEnd(element, field), element, field));
                case Shape.Array(int items, Shape element) ->
                        members.put(name, items(items, element, field));
                case Shape.Whole number -> members.put(name, value(number, field));
                case Shape.Run run -> members.put(name, value(run, field));
                case Shape.Nested nested -> members.put(name, value(nested, field));
                case Shape.Rest rest -> members.put(name, value(rest, field));
            }
        }
        return new FieldValue.Group(members);
    }

    void end(Layout layout, FieldPath path) throws CorruptImage {
        if (position == body.byteSize()) return;
        throw new CorruptImage(
                fault(path, 0)
                        .problem("is too long for " + layout.name())
                        .expected(position + " bytes")
                        .found(body.byteSize() + ""));
    }

    private FieldValue value(Shape shape, FieldPath path) throws ImageException {
        return switch (shape) {
            case Shape.Whole(int bytes, List<Long> allowed) -> {
                long at = position;
                long value = number(bytes, path);
                if (!allowed.isEmpty() && !allowed.contains(value))
                    throw new CorruptImage(fault(path, at).expected(anyOf(allowed)).found(value));
                yield new FieldValue.Unsigned(bytes * 8, value);
            }
            case Shape.Run(long bytes) -> run(bytes, path);
            case Shape.Padding(long bytes) -> run(bytes, path);
            case Shape.Nested(Layout layout) -> group(layout, path);
            case Shape.Rest _ -> run(body.byteSize() - position, path);
            case Shape.Array(int items, Shape element) -> items(items, element, path);
            case Shape.Spaced _, Shape.Count _, Shape.Counted _, Shape.ToEnd _ ->
                    throw new IllegalStateException(path + ": not a single value");
        };
    }

    private void spaced(
            Shape.Spaced spaced,
            String name,
            FieldPath path,
            SequencedMap<String, FieldValue> members)
            throws ImageException {
        int gap = spaced.stride() - spaced.bytes();
        byte[] gaps = new byte[spaced.count() * gap];
        FieldValue[] items = new FieldValue[spaced.count()];
        for (int item = 0; item < items.length; item++) {
            FieldPath field = path.index(item);
            items[item] =
                    new FieldValue.Unsigned(spaced.bytes() * 8, number(spaced.bytes(), field));
            MemorySegment.copy(
                    body, ValueLayout.JAVA_BYTE, take(gap, field), gaps, item * gap, gap);
        }
        members.put(name, new FieldValue.Sequence(Arrays.asList(items)));
        FieldValue.Bytes between = FieldValue.Bytes.of(gaps);
        if (!between.zero()) members.put(Layout.gaps(name), between);
    }

    private FieldValue.Sequence items(int count, Shape element, FieldPath path)
            throws ImageException {
        need(count * element.length(), path);
        if (element instanceof Shape.Nested && count > Layout.ITEMS_MAX)
            throw new LimitExceeded(
                    fault(path, position)
                            .problem("has more items than this release can decode")
                            .expected("at most 0x" + Integer.toHexString(Layout.ITEMS_MAX))
                            .found(count)
                            .remedy("the record can be copied without being decoded"));
        FieldValue[] items = new FieldValue[count];
        if (element instanceof Shape.Whole(int bytes, var allowed) && allowed.isEmpty()) {
            for (int item = 0; item < count; item++)
                items[item] = new FieldValue.Unsigned(bytes * 8, number(bytes, path));
        } else {
            for (int item = 0; item < count; item++) items[item] = value(element, path.index(item));
        }
        return new FieldValue.Sequence(Arrays.asList(items));
    }

    private int checkedCount(Shape element, FieldPath path) throws CorruptImage {
        long most = (body.byteSize() - position) / element.length();
        if (Long.compareUnsigned(count, most) > 0)
            throw new CorruptImage(
                    fault(path, position)
                            .problem("has more items than bytes")
                            .expected("at most 0x" + Long.toHexString(most))
                            .found(count));
        return Math.toIntExact(count);
    }

    private int countToEnd(Shape element, FieldPath path) throws CorruptImage {
        long left = body.byteSize() - position;
        if (left % element.length() != 0)
            throw new CorruptImage(
                    fault(path, position)
                            .problem("ends within an item")
                            .expected("a multiple of " + element.length() + " bytes")
                            .found(left + ""));
        return Math.toIntExact(left / element.length());
    }

    private FieldValue.Bytes run(long bytes, FieldPath path) throws CorruptImage {
        return FieldValue.Bytes.of(body.asSlice(take(bytes, path), bytes));
    }

    private long number(int bytes, FieldPath path) throws CorruptImage {
        long at = take(bytes, path);
        return switch (bytes) {
            case 1 -> Byte.toUnsignedLong(body.get(ValueLayout.JAVA_BYTE, at));
            case 2 -> Short.toUnsignedLong(body.get(u16, at));
            case 4 -> Integer.toUnsignedLong(body.get(u32, at));
            case 8 -> body.get(u64, at);
            default ->
                    throw new IllegalStateException(path + ": an integer of " + bytes + " bytes");
        };
    }

    private long take(long bytes, FieldPath path) throws CorruptImage {
        need(bytes, path);
        long at = position;
        position += bytes;
        return at;
    }

    private void need(long bytes, FieldPath path) throws CorruptImage {
        long left = body.byteSize() - position;
        if (bytes > left)
            throw new CorruptImage(
                    fault(path, position)
                            .problem("is truncated")
                            .expected(bytes + " bytes")
                            .found(left + " before the end of the body"));
    }

    private Fault fault(FieldPath path, long at) {
        Fault named = place.field(path.toString());
        return place.offset() == Fault.NO_OFFSET ? named : named.at(place.offset() + start + at);
    }

    static String anyOf(List<Long> allowed) {
        return allowed.stream()
                .map(value -> "0x" + Long.toHexString(value))
                .collect(Collectors.joining(" or "));
    }
}
