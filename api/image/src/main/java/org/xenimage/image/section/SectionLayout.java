package org.xenimage.image.section;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.ImageException;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The fields of a site's own section type, as the schema of the site describes them: between bytes and JSON.
 *
 * <p>A layout is a list of fields, one after the other, without padding:
 *
 * <pre>
 *   u8 u16 u32 u64 i8 i16 i32 i64   an integer; with enum, a name; with flags, a list of names
 *   string                          UTF-8 in length bytes, padded with NULs
 *   bytes                           length bytes, in hexadecimal digits
 *   array                           count items, each one field or several
 * </pre>
 *
 * <p>A length or a count is a number, or the name of an integer before it in the same list, which is then computed
 * when fields become bytes. Without one, the last field extends to the end. Because lengths come before what they
 * measure, a layout cannot refer to itself. Integers are little-endian unless {@code order} says big. 64-bit integers
 * are big integers in JSON.
 *
 * <p>Content that does not fit is an {@link IllegalArgumentException} that names the field. Immutable.
 */
public final class SectionLayout {
    /** How many values a section may have. */
    private static final int VALUES_MAX = 1 << 16;

    /** How many fields a layout may have, and how deep arrays may be nested. */
    private static final int FIELDS_MAX = 256;

    private static final int DEPTH_MAX = 8;
    private static final int LENGTH_MAX = 1 << 20;

    private static final Map<String, Integer> WIDTHS =
            Map.of("u8", 1, "u16", 2, "u32", 4, "u64", 8, "i8", 1, "i16", 2, "i32", 4, "i64", 8);

    private static final Set<String> ORDERS = Set.of("little", "big");

    private final JsonNode schema;
    private final List<Field> fields;

    /** A field. */
    private sealed interface Field {
        String name();
    }

    private record Whole(
            String name,
            int width,
            boolean signed,
            ByteOrder order,
            Map<String, Long> names,
            Map<String, Long> bits)
            implements Field {}

    private record Text(String name, Measure length) implements Field {}

    private record Bytes(String name, Measure length) implements Field {}

    private record Items(String name, Measure count, List<Field> item, boolean single)
            implements Field {}

    /** How many bytes or items: a number, what an earlier field says, or all that is left. */
    private sealed interface Measure {}

    private record Fixed(int number) implements Measure {}

    private record By(String field) implements Measure {}

    private record Rest() implements Measure {}

    private SectionLayout(JsonNode schema, List<Field> fields) {
        this.schema = schema;
        this.fields = List.copyOf(fields);
    }

    /** {@return the layout as a schema has it: {@code order} and {@code fields}} */
    public JsonNode schema() {
        return schema.deepCopy();
    }

    /**
     * Reads a layout that {@link #schema} gave.
     *
     * @param schema with {@code order} and {@code fields}
     * @return the layout
     * @throws ImageException if it is none
     */
    public static SectionLayout of(JsonNode schema) throws ImageException {
        if (!(schema instanceof ObjectNode section))
            throw new SectionRegistry.SchemaText("schema", "").wrong(List.of(), "expected fields");
        return read(
                section, new SectionRegistry.SchemaText("schema", schema.toString()), List.of());
    }

    /** Reads the layout of a section of a schema. */
    static SectionLayout read(
            ObjectNode section, SectionRegistry.SchemaText text, List<String> path)
            throws CorruptImage {
        ObjectNode schema = JsonNodeFactory.instance.objectNode();
        for (String key : List.of("order", "fields"))
            if (section.has(key)) schema.set(key, section.get(key).deepCopy());
        Reading reading = new Reading(text);
        ByteOrder order = reading.order(section, ByteOrder.LITTLE_ENDIAN, path);
        return new SectionLayout(
                schema, reading.fields(section.get("fields"), order, path, "fields", 0));
    }

    /** A schema on its way. */
    private static final class Reading {
        private final SectionRegistry.SchemaText text;
        private int count;

        Reading(SectionRegistry.SchemaText text) {
            this.text = text;
        }

        private static List<String> at(List<String> path, String key) {
            List<String> all = new ArrayList<>(path);
            all.add(key);
            return all;
        }

        ByteOrder order(ObjectNode object, ByteOrder otherwise, List<String> path)
                throws CorruptImage {
            if (!object.has("order")) return otherwise;
            String order = object.get("order").asText();
            if (!ORDERS.contains(order))
                throw text.wrong(at(path, "order"), "expected little or big, found " + order);
            return order.equals("big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        }

        List<Field> fields(JsonNode list, ByteOrder order, List<String> path, String key, int depth)
                throws CorruptImage {
            List<String> place = at(path, key);
            if (!(list instanceof ArrayNode array) || array.isEmpty())
                throw text.wrong(
                        place,
                        "expected a list of fields such as {\"name\": \"n\", \"type\": \"u8\"}");
            if (depth > DEPTH_MAX)
                throw text.wrong(
                        place, "expected arrays nested at most %d deep".formatted(DEPTH_MAX));
            List<Field> all = new ArrayList<>();
            for (JsonNode one : array) {
                if (!(one instanceof ObjectNode object) || !object.path("name").isTextual())
                    throw text.wrong(place, "expected a field with a name");
                String name = object.get("name").asText();
                List<String> own = at(place, name);
                if (name.isEmpty() || name.length() > SectionHead.NAME_MAX)
                    throw text.wrong(own, "expected a name of 1 to 40 characters");
                if (all.stream().anyMatch(field -> field.name().equals(name)))
                    throw text.wrong(own, "two fields have this name; rename one");
                if (!all.isEmpty() && open(all.getLast()))
                    throw text.wrong(
                            own,
                            "the field before it extends to the end; give %s a length or a count"
                                    .formatted(all.getLast().name()));
                if (++count > FIELDS_MAX)
                    throw text.wrong(own, "expected at most %d fields".formatted(FIELDS_MAX));
                all.add(field(object, name, order, own, all, depth));
            }
            return all;
        }

        private static boolean open(Field field) {
            return switch (field) {
                case Whole _ -> false;
                case Text(var _, Measure length) -> length instanceof Rest;
                case Bytes(var _, Measure length) -> length instanceof Rest;
                case Items(var _, Measure length, var item, var _) ->
                        length instanceof Rest || open(item.getLast());
            };
        }

        private Field field(
                ObjectNode object,
                String name,
                ByteOrder order,
                List<String> path,
                List<Field> before,
                int depth)
                throws CorruptImage {
            String type = object.path("type").asText();
            if (WIDTHS.containsKey(type)) return whole(object, name, type, order, path);
            return switch (type) {
                case "string", "bytes" -> {
                    text.requireKeys(object, Set.of("name", "type", "length"), path);
                    Measure length = measure(object, "length", path, before);
                    yield type.equals("string") ? new Text(name, length) : new Bytes(name, length);
                }
                case "array" -> {
                    text.requireKeys(object, Set.of("name", "type", "count", "item"), path);
                    Measure measure = measure(object, "count", path, before);
                    JsonNode item = object.path("item");
                    boolean single = item.isObject();
                    if (single && !item.has("name")) {
                        ObjectNode named = ((ObjectNode) item).deepCopy();
                        item = JsonNodeFactory.instance.arrayNode().add(named.put("name", "item"));
                    }
                    List<Field> fields = fields(item, order, path, "item", depth + 1);
                    if (open(fields.getLast()))
                        throw text.wrong(
                                path,
                                "an item extends to the end; give its last field a length or a count");
                    yield new Items(name, measure, fields, single);
                }
                default ->
                        throw text.wrong(
                                path,
                                "expected the type u8, u16, u32, u64, i8, i16, i32, i64, string, bytes or array,"
                                        + " found '%s'".formatted(type));
            };
        }

        private Whole whole(
                ObjectNode object, String name, String type, ByteOrder order, List<String> path)
                throws CorruptImage {
            text.requireKeys(object, Set.of("name", "type", "order", "enum", "flags"), path);
            int width = WIDTHS.getOrDefault(type, 1);
            boolean signed = type.startsWith("i");
            if (object.has("enum") && object.has("flags"))
                throw text.wrong(path, "has both enum and flags; remove one");
            Map<String, Long> names = new LinkedHashMap<>();
            if (object.has("enum"))
                names(object.get("enum"), names, at(path, "enum"), signed, 8 * width);
            Map<String, Long> bits = new LinkedHashMap<>();
            if (object.has("flags")) {
                names(object.get("flags"), bits, at(path, "flags"), false, 8);
                for (Map.Entry<String, Long> bit : bits.entrySet())
                    if (bit.getValue() >= 8L * width)
                        throw text.wrong(
                                at(at(path, "flags"), bit.getKey()),
                                "expected a bit of %s, 0 to %d, found %d"
                                        .formatted(type, 8 * width - 1, bit.getValue()));
            }
            return new Whole(name, width, signed, order(object, order, path), names, bits);
        }

        private void names(
                JsonNode given, Map<String, Long> into, List<String> path, boolean signed, int bits)
                throws CorruptImage {
            if (!(given instanceof ObjectNode object) || object.isEmpty())
                throw text.wrong(path, "expected an object of numbers by name");
            Set<Long> taken = new HashSet<>();
            for (Map.Entry<String, JsonNode> one : object.properties()) {
                JsonNode value = one.getValue();
                if (into.size() == FIELDS_MAX
                        || !value.isIntegralNumber()
                        || !fits(value.bigIntegerValue(), signed, bits))
                    throw text.wrong(
                            at(path, one.getKey()),
                            "expected a number of %d bits, found %s".formatted(bits, value));
                if (!taken.add(value.bigIntegerValue().longValue()))
                    throw text.wrong(at(path, one.getKey()), "two names for " + value);
                into.put(one.getKey(), value.bigIntegerValue().longValue());
            }
        }

        private Measure measure(
                ObjectNode object, String key, List<String> path, List<Field> before)
                throws CorruptImage {
            JsonNode given = object.path(key);
            if (given.isMissingNode()) return new Rest();
            if (given.isIntegralNumber() && given.asLong() >= 1 && given.asLong() <= LENGTH_MAX)
                return new Fixed(given.asInt());
            if (given.isTextual())
                for (Field field : before)
                    if (field.name().equals(given.asText())
                            && field instanceof Whole whole
                            && whole.names().isEmpty()
                            && whole.bits().isEmpty()) return new By(field.name());
            throw text.wrong(
                    at(path, key),
                    "expected a number from 1 to %d, or the name of an integer before it, found %s"
                            .formatted(LENGTH_MAX, given));
        }
    }

    private static boolean fits(BigInteger value, boolean signed, int bits) {
        return signed ? value.bitLength() < bits : value.signum() >= 0 && value.bitLength() <= bits;
    }

    private static IllegalArgumentException wrong(String field, String problem) {
        return new IllegalArgumentException("field " + field + ": " + problem);
    }

    /**
     * Decodes content.
     *
     * @param content of a section
     * @return an object with a value for each field
     * @throws IllegalArgumentException if the content is not laid out so
     */
    public JsonNode decode(MemorySegment content) {
        var decoding = new Decoding(content);
        ObjectNode tree = decoding.group(fields, "");
        if (decoding.at != content.byteSize())
            throw new IllegalArgumentException(
                    "the fields end at 0x%x, but the content has 0x%x bytes"
                            .formatted(decoding.at, content.byteSize()));
        return tree;
    }

    /** Content on its way to JSON. */
    private static final class Decoding {
        private final MemorySegment content;
        private long at;
        private int values;

        Decoding(MemorySegment content) {
            this.content = content;
        }

        ObjectNode group(List<Field> fields, String path) {
            ObjectNode tree = JsonNodeFactory.instance.objectNode();
            Map<String, BigInteger> numbers = new HashMap<>();
            for (Field field : fields) {
                String own = path.isEmpty() ? field.name() : path + "." + field.name();
                if (++values > VALUES_MAX)
                    throw wrong(
                            own, "expected at most %d values in a section".formatted(VALUES_MAX));
                tree.set(field.name(), value(field, own, numbers));
            }
            return tree;
        }

        private JsonNode value(Field field, String path, Map<String, BigInteger> numbers) {
            JsonNodeFactory nodes = JsonNodeFactory.instance;
            return switch (field) {
                case Whole whole -> {
                    BigInteger number = number(whole, path);
                    numbers.put(whole.name(), number);
                    yield node(whole, number);
                }
                case Text(var _, Measure length) -> {
                    byte[] bytes = take(length(length, numbers, path), path);
                    int end = bytes.length;
                    while (end > 0 && bytes[end - 1] == 0) end--;
                    try {
                        yield nodes.textNode(
                                StandardCharsets.UTF_8
                                        .newDecoder()
                                        .decode(ByteBuffer.wrap(bytes, 0, end))
                                        .toString());
                    } catch (CharacterCodingException e) {
                        throw wrong(path, "expected UTF-8");
                    }
                }
                case Bytes(var _, Measure length) ->
                        nodes.textNode(
                                HexFormat.of()
                                        .formatHex(take(length(length, numbers, path), path)));
                case Items(var _, Measure count, List<Field> item, boolean single) -> {
                    ArrayNode array = nodes.arrayNode();
                    boolean rest = count instanceof Rest;
                    long most = rest ? Long.MAX_VALUE : length(count, numbers, path);
                    for (long i = 0; i < most && !(rest && at == content.byteSize()); i++) {
                        ObjectNode one = group(item, path + "[" + i + "]");
                        array.add(single ? one.get(item.getFirst().name()) : one);
                    }
                    yield array;
                }
            };
        }

        private long length(Measure measure, Map<String, BigInteger> numbers, String path) {
            BigInteger found =
                    switch (measure) {
                        case Fixed(int number) -> BigInteger.valueOf(number);
                        case By(String field) -> numbers.getOrDefault(field, BigInteger.ZERO);
                        case Rest _ -> BigInteger.valueOf(content.byteSize() - at);
                    };
            if (found.signum() < 0 || found.bitLength() > 31)
                throw wrong(path, "expected a length of 0 to 0x7fffffff, found " + found);
            return found.longValue();
        }

        private byte[] take(long length, String path) {
            if (length > content.byteSize() - at)
                throw wrong(
                        path,
                        "expected 0x%x bytes at 0x%x, found 0x%x"
                                .formatted(length, at, content.byteSize() - at));
            byte[] bytes = content.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
            at += length;
            return bytes;
        }

        private BigInteger number(Whole whole, String path) {
            byte[] bytes = take(whole.width(), path);
            if (whole.order() == ByteOrder.LITTLE_ENDIAN) reverse(bytes);
            return whole.signed() ? new BigInteger(bytes) : new BigInteger(1, bytes);
        }

        private static JsonNode node(Whole whole, BigInteger number) {
            JsonNodeFactory nodes = JsonNodeFactory.instance;
            for (Map.Entry<String, Long> name : whole.names().entrySet())
                if (name.getValue() == number.longValue()) return nodes.textNode(name.getKey());
            if (whole.bits().isEmpty())
                return whole.width() == Long.BYTES
                        ? nodes.numberNode(number)
                        : nodes.numberNode(number.longValue());
            ArrayNode set = nodes.arrayNode();
            for (int bit = 0; bit < 8 * whole.width(); bit++) {
                if (!number.testBit(bit)) continue;
                String name = "bit" + bit;
                for (Map.Entry<String, Long> one : whole.bits().entrySet())
                    if (one.getValue() == bit) name = one.getKey();
                set.add(name);
            }
            return set;
        }
    }

    private static void reverse(byte[] bytes) {
        for (int i = 0; i < bytes.length / 2; i++) {
            byte other = bytes[i];
            bytes[i] = bytes[bytes.length - 1 - i];
            bytes[bytes.length - 1 - i] = other;
        }
    }

    /**
     * Encodes fields. Lengths and counts that other fields determine are computed.
     *
     * @param tree an object with a value for each field
     * @return the content
     * @throws IllegalArgumentException if a field is missing, unknown, or does not fit
     */
    public MemorySegment encode(JsonNode tree) {
        var encoding = new Encoding();
        encoding.group(fields, tree, "");
        return MemorySegment.ofArray(encoding.out.toByteArray());
    }

    /** JSON on its way to content. */
    private static final class Encoding {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private int values;

        void group(List<Field> fields, JsonNode tree, String path) {
            if (!tree.isObject())
                throw wrong(
                        path.isEmpty() ? "fields" : path,
                        "expected an object, found " + kind(tree));
            Set<String> known = new HashSet<>();
            Map<String, Long> lengths = new HashMap<>();
            for (Field field : fields) {
                known.add(field.name());
                measured(field, tree.path(field.name()), lengths, own(path, field));
            }
            tree.fieldNames()
                    .forEachRemaining(name -> {
                        if (!known.contains(name))
                            throw wrong(
                                    path.isEmpty() ? name : path + "." + name,
                                    "the schema has no such field");
                    });
            for (Field field : fields) {
                if (++values > VALUES_MAX)
                    throw wrong(
                            own(path, field),
                            "expected at most %d values in a section".formatted(VALUES_MAX));
                JsonNode value =
                        lengths.containsKey(field.name())
                                ? JsonNodeFactory.instance.numberNode(
                                        lengths.getOrDefault(field.name(), 0L))
                                : tree.path(field.name());
                if (value.isMissingNode()) throw wrong(own(path, field), "is missing");
                value(field, value, own(path, field));
            }
        }

        private static String own(String path, Field field) {
            return path.isEmpty() ? field.name() : path + "." + field.name();
        }

        private static String kind(JsonNode node) {
            return node.getNodeType().toString().toLowerCase(java.util.Locale.ROOT);
        }

        /** Notes the length that an earlier field must have. */
        private void measured(Field field, JsonNode value, Map<String, Long> lengths, String path) {
            Optional<By> by =
                    switch (field) {
                        case Whole _ -> Optional.empty();
                        case Text(var _, Measure length) -> by(length);
                        case Bytes(var _, Measure length) -> by(length);
                        case Items(var _, Measure count, var _, var _) -> by(count);
                    };
            if (by.isEmpty()) return;
            long length =
                    switch (field) {
                        case Text _ -> utf8(value, path).length;
                        case Bytes _ -> hex(value, path).length;
                        case Items _, Whole _ -> value.size();
                    };
            Long other = lengths.put(by.get().field(), length);
            if (other != null && other != length)
                throw wrong(
                        path,
                        "%s also measures another field: expected a length of %d, found %d"
                                .formatted(by.get().field(), other, length));
        }

        private static Optional<By> by(Measure measure) {
            return measure instanceof By by ? Optional.of(by) : Optional.empty();
        }

        private void value(Field field, JsonNode value, String path) {
            switch (field) {
                case Whole whole -> whole(whole, value, path);
                case Text(var _, Measure length) -> run(utf8(value, path), length, path, true);
                case Bytes(var _, Measure length) -> run(hex(value, path), length, path, false);
                case Items(var _, Measure count, List<Field> item, boolean single) -> {
                    if (!value.isArray())
                        throw wrong(path, "expected a list, found " + kind(value));
                    if (count instanceof Fixed(int number) && number != value.size())
                        throw wrong(
                                path,
                                "expected %d items, found %d".formatted(number, value.size()));
                    for (int i = 0; i < value.size(); i++) {
                        JsonNode one = value.get(i);
                        if (single) {
                            ObjectNode named = JsonNodeFactory.instance.objectNode();
                            one = named.set(item.getFirst().name(), one);
                        }
                        group(item, one, path + "[" + i + "]");
                    }
                }
            }
        }

        private void run(byte[] bytes, Measure length, String path, boolean padded) {
            if (length instanceof Fixed(int number)) {
                boolean fits = padded ? bytes.length <= number : bytes.length == number;
                if (!fits)
                    throw wrong(
                            path,
                            "expected %s%d bytes, found %d"
                                    .formatted(padded ? "at most " : "", number, bytes.length));
                out.writeBytes(bytes);
                out.writeBytes(new byte[number - bytes.length]);
            } else out.writeBytes(bytes);
        }

        private static byte[] utf8(JsonNode value, String path) {
            if (!value.isTextual()) throw wrong(path, "expected text, found " + kind(value));
            try {
                ByteBuffer bytes =
                        StandardCharsets.UTF_8
                                .newEncoder()
                                .encode(CharBuffer.wrap(value.textValue()));
                byte[] all = new byte[bytes.remaining()];
                bytes.get(all);
                return all;
            } catch (CharacterCodingException e) {
                throw wrong(path, "expected text without an unpaired surrogate");
            }
        }

        private static byte[] hex(JsonNode value, String path) {
            try {
                if (value.isTextual()) return HexFormat.of().parseHex(value.textValue());
            } catch (IllegalArgumentException e) {
                // As below.
            }
            throw wrong(path, "expected an even number of hexadecimal digits");
        }

        private void whole(Whole whole, JsonNode value, String path) {
            BigInteger number = number(whole, value, path);
            if (!fits(number, whole.signed(), 8 * whole.width()))
                throw wrong(
                        path,
                        "expected %s%d, found %s"
                                .formatted(whole.signed() ? "i" : "u", 8 * whole.width(), number));
            byte[] bytes = new byte[whole.width()];
            for (int i = 0; i < bytes.length; i++) {
                int shift = whole.order() == ByteOrder.LITTLE_ENDIAN ? i : bytes.length - 1 - i;
                bytes[i] = number.shiftRight(8 * shift).byteValue();
            }
            out.writeBytes(bytes);
        }

        private static BigInteger number(Whole whole, JsonNode value, String path) {
            if (value.isIntegralNumber()) return value.bigIntegerValue();
            if (value.isTextual() && whole.names().containsKey(value.textValue())) {
                long named = whole.names().getOrDefault(value.textValue(), 0L);
                BigInteger number = BigInteger.valueOf(named);
                return whole.signed() || named >= 0
                        ? number
                        : number.add(BigInteger.ONE.shiftLeft(Long.SIZE));
            }
            if (value.isTextual() && !whole.names().isEmpty())
                throw wrong(
                        path,
                        "expected %s or a number, found '%s'"
                                .formatted(
                                        String.join(", ", whole.names().keySet()),
                                        value.textValue()));
            if (value.isArray() && !whole.bits().isEmpty()) {
                BigInteger number = BigInteger.ZERO;
                for (JsonNode one : value) number = number.setBit(bit(whole, one.asText(), path));
                return number;
            }
            throw wrong(
                    path,
                    "expected %s, found %s"
                            .formatted(
                                    whole.bits().isEmpty() ? "an integer" : "a list of flags",
                                    kind(value)));
        }

        private static int bit(Whole whole, String name, String path) {
            if (whole.bits().containsKey(name))
                return whole.bits().getOrDefault(name, 0L).intValue();
            for (int bit = 0; bit < 8 * whole.width(); bit++)
                if (name.equals("bit" + bit)) return bit;
            throw wrong(
                    path,
                    "there is no flag %s; there are %s"
                            .formatted(name, String.join(", ", whole.bits().keySet())));
        }
    }
}
