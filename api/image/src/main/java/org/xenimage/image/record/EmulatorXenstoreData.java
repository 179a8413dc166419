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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;

/**
 * What the device model keeps in xenstore (libxl-migration-stream, section EMULATOR_XENSTORE_DATA).
 *
 * <pre>
 *   0  u32 emulator_id  see {@link Emulators}
 *   4  u32 index        of the emulator for the domain
 *   8  pairs up to the end: key, NUL, value, NUL
 * </pre>
 *
 * <p>Keys are relative to the device model's node. Keys and values should be ASCII; any other bytes
 * survive, because each byte is one character (ISO 8859-1).
 *
 * @param emulatorId which emulator
 * @param index of the emulator for the domain
 * @param pairs in the order of the wire
 */
public record EmulatorXenstoreData(long emulatorId, long index, List<Pair> pairs)
        implements XenRecord {
    private static final Layout HEADER =
            Layout.struct(
                    "EMULATOR_XENSTORE_DATA",
                    Layout.u32("emulator_id"),
                    Layout.u32("index"),
                    Layout.rest("pairs"));

    /** Copies the list. */
    public EmulatorXenstoreData {
        pairs = List.copyOf(pairs);
    }

    /**
     * A node and its value.
     *
     * @param key relative to the device model's node, without NUL
     * @param value without NUL
     */
    public record Pair(String key, String value) {}

    static EmulatorXenstoreData decode(RecordContext context, MemorySegment body, Fault place)
            throws ImageException {
        FieldValue.Group header = HEADER.decode(body, context.order(), place);
        MemorySegment bytes = header.bytes("pairs").segment();
        List<String> texts = new ArrayList<>();
        long start = 0;
        for (long at = 0; at < bytes.byteSize(); at++) {
            if (bytes.get(ValueLayout.JAVA_BYTE, at) != 0) continue;
            if (texts.size() == 2 * Layout.ITEMS_MAX)
                throw new LimitExceeded(
                        fault(place, "pairs", start)
                                .problem("has more pairs than this release can decode")
                                .expected("at most 0x" + Integer.toHexString(Layout.ITEMS_MAX))
                                .remedy("the record can be copied without being decoded"));
            byte[] text = bytes.asSlice(start, at - start).toArray(ValueLayout.JAVA_BYTE);
            texts.add(new String(text, StandardCharsets.ISO_8859_1));
            start = at + 1;
        }
        String last =
                "pairs[%d].%s".formatted(texts.size() / 2, texts.size() % 2 == 0 ? "key" : "value");
        if (start != bytes.byteSize())
            throw new CorruptImage(
                    fault(place, last, start)
                            .expected("a NUL at its end")
                            .found("none before the end of the body"));
        if (texts.size() % 2 != 0)
            throw new CorruptImage(
                    fault(place, last, start).expected("a value for each key").found("none"));
        List<Pair> pairs = new ArrayList<>();
        for (int at = 0; at < texts.size(); at += 2)
            pairs.add(new Pair(texts.get(at), texts.get(at + 1)));
        return new EmulatorXenstoreData(
                header.unsigned("emulator_id"), header.unsigned("index"), pairs);
    }

    private static Fault fault(Fault place, String field, long at) {
        Fault named = place.field(field);
        return place.offset() == Fault.NO_OFFSET
                ? named
                : named.at(place.offset() + Layout.BODY_OFFSET + HEADER.length() + at);
    }

    static FieldKind kind() {
        FieldKind pair =
                new FieldKind.Group(
                        List.of(
                                new FieldKind.Field("key", new FieldKind.Text(), true),
                                new FieldKind.Field("value", new FieldKind.Text(), true)));
        return new FieldKind.Group(
                List.of(
                        new FieldKind.Field("emulator_id", new FieldKind.Whole(32), true),
                        new FieldKind.Field("index", new FieldKind.Whole(32), true),
                        new FieldKind.Field("pairs", new FieldKind.Sequence(pair), true)));
    }

    static byte[] encode(RecordContext context, FieldValue.Group fields) {
        var pairs = new ByteArrayOutputStream();
        List<FieldValue> items = fields.sequence("pairs");
        for (int at = 0; at < items.size(); at++) {
            String path = "pairs[%d]".formatted(at);
            if (!(items.get(at) instanceof FieldValue.Group pair)
                    || !pair.members().keySet().equals(Set.of("key", "value")))
                throw FieldRejected.of(path, "a group of key and value", items.get(at));
            pairs.writeBytes(bytes(pair, "key", path));
            pairs.write(0);
            pairs.writeBytes(bytes(pair, "value", path));
            pairs.write(0);
        }
        return HEADER.encode(
                fields.with("pairs", FieldValue.Bytes.of(pairs.toByteArray())), context.order());
    }

    private static byte[] bytes(FieldValue.Group pair, String name, String path) {
        FieldValue value = pair.get(name);
        if (value instanceof FieldValue.Text(String text)
                && text.indexOf(0) < 0
                && oneByteEach(text)) return text.getBytes(StandardCharsets.ISO_8859_1);
        throw FieldRejected.of(path + "." + name, "a text of characters U+0001 to U+00FF", value);
    }

    private static boolean oneByteEach(String text) {
        return text.chars().allMatch(character -> character <= 0xff);
    }

    /**
     * Looks a value up.
     *
     * @param key relative to the device model's node
     * @return its value, if the record has the key
     */
    public Optional<String> value(String key) {
        return pairs.stream().filter(pair -> pair.key().equals(key)).map(Pair::value).findFirst();
    }

    @Override
    public RecordType type() {
        return RecordType.EMULATOR_XENSTORE_DATA;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder()
                .u32("emulator_id", emulatorId)
                .u32("index", index)
                .groups(
                        "pairs",
                        pairs.stream()
                                .map(pair ->
                                        new GroupBuilder()
                                                .add("key", new FieldValue.Text(pair.key()))
                                                .add("value", new FieldValue.Text(pair.value()))
                                                .build())
                                .toList())
                .build();
    }

    @Override
    public SequencedMap<String, String> names() {
        return Emulators.names(emulatorId);
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.empty();
    }

    @Override
    public OptionalLong offsetOf(String path, RecordContext context) {
        if (fields().find(path).isEmpty()) return OptionalLong.empty();
        long offset = HEADER.length();
        for (int at = 0; at < pairs.size(); at++) {
            String pair = "pairs[%d]".formatted(at);
            if (path.equals(pair) || path.equals(pair + ".key")) return OptionalLong.of(offset);
            offset += pairs.get(at).key().length() + 1;
            if (path.equals(pair + ".value")) return OptionalLong.of(offset);
            offset += pairs.get(at).value().length() + 1;
        }
        return HEADER.offsetOf(path);
    }

    @Override
    public Optional<String> pathAt(long offset, RecordContext context) {
        if (offset < HEADER.length()) return HEADER.pathAt(offset);
        long end = HEADER.length();
        for (int at = 0; at < pairs.size(); at++) {
            end += pairs.get(at).key().length() + 1;
            if (offset < end) return Optional.of("pairs[%d].key".formatted(at));
            end += pairs.get(at).value().length() + 1;
            if (offset < end) return Optional.of("pairs[%d].value".formatted(at));
        }
        return Optional.empty();
    }
}
