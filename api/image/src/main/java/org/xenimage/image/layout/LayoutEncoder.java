package org.xenimage.image.layout;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/** Puts the bytes of one body down, checking each value against what its field can hold. */
final class LayoutEncoder {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final boolean bigEndian;

    LayoutEncoder(ByteOrder order) {
        this.bigEndian = order == ByteOrder.BIG_ENDIAN;
    }

    byte[] bytes() {
        return body.toByteArray();
    }

    void group(Layout layout, FieldValue.Group fields, FieldPath path) {
        for (String given : fields.members().keySet()) {
            if (!layout.names().contains(given))
                throw new FieldRejected(
                        path.name(given).toString(),
                        "one of "
                                + String.join(
                                        ", ",
                                        layout.members().stream()
                                                .filter(Layout::required)
                                                .map(Layout.Member::name)
                                                .toList()),
                        "a name that " + layout.name() + " does not have");
        }
        List<Layout.Member> members = layout.members();
        for (int at = 0; at < members.size(); at++) {
            Layout.Member member = members.get(at);
            FieldPath field = path.name(member.name());
            FieldValue value = fields.members().get(member.name());
            switch (Layout.shape(member)) {
                case Shape.Padding(long bytes) -> {
                    if (value == null) zeros(bytes);
                    else run(value, bytes, field);
                }
                case Shape.Count(int bytes) -> {
                    if (value != null) throw rejected(field, "no value: it is computed", value);
                    count(bytes, fields, members.subList(at + 1, members.size()), field);
                }
                case Shape.Spaced spaced ->
                        spaced(
                                spaced,
                                present(value, field),
                                Optional.ofNullable(
                                        fields.members().get(Layout.gaps(member.name()))),
                                field,
                                path.name(Layout.gaps(member.name())));
                case Shape.Whole shape -> value(shape, present(value, field), field);
                case Shape.Run shape -> value(shape, present(value, field), field);
                case Shape.Nested shape -> value(shape, present(value, field), field);
                case Shape.Array shape -> value(shape, present(value, field), field);
                case Shape.Counted shape -> value(shape, present(value, field), field);
                case Shape.ToEnd shape -> value(shape, present(value, field), field);
                case Shape.Rest shape -> value(shape, present(value, field), field);
            }
        }
    }

    private void value(Shape shape, FieldValue value, FieldPath path) {
        switch (shape) {
            case Shape.Whole(int bytes, List<Long> allowed) -> number(bytes, allowed, value, path);
            case Shape.Run(long bytes) -> run(value, bytes, path);
            case Shape.Nested(Layout layout) -> {
                if (!(value instanceof FieldValue.Group group))
                    throw rejected(path, "a group of fields", value);
                group(layout, group, path);
            }
            case Shape.Array(int count, Shape element) -> {
                List<FieldValue> items = items(value, path);
                if (items.size() != count) throw rejected(path, "a sequence of " + count, value);
                items(element, items, path);
            }
            case Shape.Counted(Shape element) -> items(element, items(value, path), path);
            case Shape.ToEnd(Shape element) -> items(element, items(value, path), path);
            case Shape.Rest _ -> body.writeBytes(run(value, path).toArray());
            case Shape.Padding _, Shape.Spaced _, Shape.Count _ ->
                    throw new IllegalStateException(path + ": not a single value");
        }
    }

    private void items(Shape element, List<FieldValue> items, FieldPath path) {
        for (int item = 0; item < items.size(); item++)
            value(element, items.get(item), path.index(item));
    }

    private void count(
            int bytes, FieldValue.Group fields, List<Layout.Member> after, FieldPath path) {
        for (Layout.Member member : after) {
            if (!(Layout.shape(member) instanceof Shape.Counted)) continue;
            FieldValue counted = fields.members().get(member.name());
            long count = counted instanceof FieldValue.Sequence(var items) ? items.size() : 0;
            put(bytes, count);
            return;
        }
        throw new IllegalStateException(path + " counts nothing");
    }

    private void spaced(
            Shape.Spaced spaced,
            FieldValue value,
            Optional<FieldValue> between,
            FieldPath path,
            FieldPath gapPath) {
        List<FieldValue> items = items(value, path);
        if (items.size() != spaced.count())
            throw rejected(path, "a sequence of " + spaced.count(), value);
        int gap = spaced.stride() - spaced.bytes();
        byte[] gaps = new byte[spaced.count() * gap];
        if (between.isPresent()) {
            FieldValue.Bytes given = run(between.get(), gapPath);
            if (given.length() != gaps.length)
                throw rejected(gapPath, gaps.length + " bytes", given);
            gaps = given.toArray();
        }
        for (int item = 0; item < items.size(); item++) {
            number(spaced.bytes(), List.of(), items.get(item), path.index(item));
            body.write(gaps, item * gap, gap);
        }
    }

    private void number(int bytes, List<Long> allowed, FieldValue value, FieldPath path) {
        if (!(value instanceof FieldValue.Unsigned number))
            throw rejected(path, bytes * 8 + "-bit integer", value);
        if (bytes < 8 && number.value() >>> (bytes * 8) != 0)
            throw rejected(path, "at most 0x%x".formatted((1L << (bytes * 8)) - 1), value);
        if (!allowed.isEmpty() && !allowed.contains(number.value()))
            throw rejected(path, LayoutDecoder.anyOf(allowed), value);
        put(bytes, number.value());
    }

    private void put(int bytes, long value) {
        for (int at = 0; at < bytes; at++)
            body.write((int) (value >>> (8 * (bigEndian ? bytes - 1 - at : at))));
    }

    private void run(FieldValue value, long bytes, FieldPath path) {
        FieldValue.Bytes run = run(value, path);
        if (run.length() != bytes) throw rejected(path, bytes + " bytes", run);
        body.writeBytes(run.toArray());
    }

    private void zeros(long bytes) {
        for (long at = 0; at < bytes; at++) body.write(0);
    }

    private static FieldValue.Bytes run(FieldValue value, FieldPath path) {
        return FieldValue.Bytes.of(value, path.toString());
    }

    private static List<FieldValue> items(FieldValue value, FieldPath path) {
        if (value instanceof FieldValue.Sequence(var items)) return items;
        throw rejected(path, "a sequence", value);
    }

    private static FieldValue present(@Nullable FieldValue value, FieldPath path) {
        if (value == null) throw new FieldRejected(path.toString(), "a value", "none");
        return value;
    }

    private static FieldRejected rejected(FieldPath path, String allowed, FieldValue found) {
        return FieldRejected.of(path.toString(), allowed, found);
    }
}
