package org.xenimage.image.element;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.io.ByteRun;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** An edit of a config leaves every byte of what nobody edited unchanged. */
class ConfigEditTest {
    private static Config config(byte[] text) {
        return new Config(0, ByteRun.of(MemorySegment.ofArray(text)));
    }

    private static byte[] bytes(Config config) throws IOException {
        return config.bytes().all().toArray(ValueLayout.JAVA_BYTE);
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String edit(String text, Consumer<ObjectNode> edit) throws IOException {
        Config config = config(latin(text));
        ObjectNode tree = config.json().deepCopy();
        edit.accept(tree);
        return new String(bytes(config.edited(tree)), StandardCharsets.ISO_8859_1);
    }

    private static final String ODD =
            """
            {
                "z" : 1.0, "a":1e3,
                "bad": "caf\u00e9 \u00ff\u00fe",
                "half": "\\ud800 \\u0041",
                "big": 18446744073709551615,
                "twice": 1, "twice": 2,
                "empty": {
            \s\s\s\s
                },
                "list": [ 1,  2,\t3 ],
                "name": "web1"
            }
            \0\0\
            """;

    @Test
    void anEditOfOneKeyChangesOnlyItsValue() throws IOException {
        assertEquals(
                ODD.replace("\"web1\"", "\"web2\""), edit(ODD, tree -> tree.put("name", "web2")));
    }

    @Test
    void numbersThatAreEqualAreNoEdit() throws IOException {
        assertEquals(ODD, edit(ODD, tree -> tree.put("z", 1).put("a", 1000)));
        Config config = config(latin(ODD));
        assertSame(config, config.edited(config.json().deepCopy()));
    }

    @Test
    void aRemovedKeyTakesItsCommaAlong() throws IOException {
        assertEquals("{ \"b\": 2 }", edit("{ \"a\": 1, \"b\": 2 }", tree -> tree.remove("a")));
        assertEquals("{ \"a\": 1 }", edit("{ \"a\": 1, \"b\": 2 }", tree -> tree.remove("b")));
        assertEquals("{}", edit("{ \"a\": 1 }", ObjectNode::removeAll));
    }

    @Test
    void aNewKeyLooksLikeItsNeighbours() throws IOException {
        assertEquals(
                "{\n    \"a\": 1,\n    \"b\": {\n        \"c\": 2\n    }\n}\n\0",
                edit("{\n    \"a\": 1\n}\n\0", tree -> tree.putObject("b").put("c", 2)));
        assertEquals("{\"a\":1,\"b\":[2]}", edit("{\"a\":1}", tree -> tree.putArray("b").add(2)));
    }

    @Test
    void elementsOfAnArrayAreEditedByThemselves() throws IOException {
        String nics = "{\"nics\": [ {\"bridge\": \"a\" ,\"q\":1.50}, {\"bridge\": \"b\"} ]}";
        assertEquals(
                nics.replace("\"b\"", "\"x\""),
                edit(nics, tree -> ((ObjectNode) tree.get("nics").get(1)).put("bridge", "x")));
        assertEquals(
                "{\"nics\": [ {\"bridge\": \"b\"} ]}",
                edit(nics, tree -> ((ArrayNode) tree.get("nics")).remove(0)));
        assertEquals(
                "{\"l\": [1, 9, 2]}",
                edit("{\"l\": [1, 2]}", tree -> ((ArrayNode) tree.get("l")).insert(1, 9)));
    }

    /**
     * libxl reads the first; an old value must not stay after in the second when it is edited away.
     */
    @Test
    void ofAKeyThatStandsTwiceTheFirstCountsAndAnEditLeavesOne() throws IOException {
        String twice = "{\"vnc\": \"old\", \"x\": 1, \"vnc\": \"older\"}";
        assertEquals("old", config(latin(twice)).json().path("vnc").asText());
        assertEquals(List.of("vnc"), config(latin(twice)).repeatedKeys());
        assertEquals("{\"vnc\": \"new\", \"x\": 1}", edit(twice, t -> t.put("vnc", "new")));
        assertEquals("{\"x\": 1}", edit(twice, t -> t.remove("vnc")).replace("{ ", "{"));
        assertEquals(twice.replace(": 1", ": 2"), edit(twice, t -> t.put("x", 2)));
    }

    @Test
    void halfOfASurrogatePairIsWrittenAsAnEscape() throws IOException {
        String text = edit("{\"a\":1}", tree -> tree.put("a", "x\ud800y"));
        assertEquals("{\"a\":\"x\\ud800y\"}", text);
    }

    @Test
    void siteMetadataAreEditedTheSameWay() throws IOException {
        byte[] text = latin("{\"b\" : 1.0,\"a\": \"\u00ff\"}");
        var site =
                SiteMetadata.of(
                        JsonNodeFactory.instance.objectNode().put("x", 1), ByteOrder.LITTLE_ENDIAN);
        byte[] head = site.bytes().all().toArray(ValueLayout.JAVA_BYTE);
        byte[] all = Arrays.copyOf(head, SiteMetadata.HEADER_LENGTH + text.length);
        System.arraycopy(text, 0, all, SiteMetadata.HEADER_LENGTH, text.length);
        all[20] = (byte) text.length;
        var odd =
                new SiteMetadata(
                        0, ByteRun.of(MemorySegment.ofArray(all)), ByteOrder.LITTLE_ENDIAN);
        ObjectNode tree = odd.json().deepCopy();
        assertSame(odd, odd.edited(tree));
        tree.put("c", 3);
        byte[] edited = odd.edited(tree).bytes().all().toArray(ValueLayout.JAVA_BYTE);
        assertArrayEquals(
                latin("{\"b\" : 1.0,\"a\": \"\u00ff\",\"c\": 3}"),
                Arrays.copyOfRange(edited, SiteMetadata.HEADER_LENGTH, edited.length));
        assertEquals(edited.length - SiteMetadata.HEADER_LENGTH, edited[20]);
    }

    /**
     * Over texts of every form: the edited text says what was asked for, an edit and its reverse give the bytes that
     * were, and no edit gives the same text.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anEditAndItsReverseGiveTheSameBytes(long seed) throws IOException {
        var random = new Random(seed);
        for (int round = 0; round < 400; round++) {
            var text = new ByteArrayOutputStream();
            object(random, text, 4);
            text.writeBytes(new byte[random.nextInt(3)]);
            Config before = config(text.toByteArray());
            ObjectNode tree = before.json().deepCopy();
            assertSame(before, before.edited(tree.deepCopy()));
            List<JsonNode> parents = new ArrayList<>();
            collect(tree, parents);
            ObjectNode edited = tree.deepCopy();
            List<JsonNode> mirrored = new ArrayList<>();
            collect(edited, mirrored);
            if (!(mirrored.get(random.nextInt(mirrored.size())) instanceof ObjectNode object)
                    || object.isEmpty()) continue;
            List<String> names = new ArrayList<>();
            object.fieldNames().forEachRemaining(names::add);
            String name = names.get(random.nextInt(names.size()));
            object.put(name, "edited " + round);
            Config after = before.edited(edited);
            assertTrue(
                    JsonText.same(edited, after.json()), () -> text + " became " + string(after));
            if (!before.repeatedKeys().isEmpty()) continue;
            JsonNode old = parents.get(mirrored.indexOf(object)).get(name);
            if (old.isContainerNode() || !plain(old)) continue;
            assertArrayEquals(bytes(before), bytes(after.edited(tree)), () -> text + "");
        }
    }

    private static String string(Config config) {
        try {
            return new String(bytes(config), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a value has one form only. */
    private static boolean plain(JsonNode value) {
        // -0 reads as 0, which is then written without the sign
        if (value.isNumber()) return value.isIntegralNumber() && value.asText().length() > 1;
        return !value.isTextual()
                || value.asText()
                        .chars()
                        .allMatch(c -> c >= ' ' && c < 0x7f && c != '\\' && c != '"');
    }

    private static void collect(JsonNode node, List<JsonNode> into) {
        if (node.isContainerNode()) into.add(node);
        node.forEach(child -> collect(child, into));
    }

    private static void object(Random random, ByteArrayOutputStream to, int depth) {
        to.write('{');
        int members = random.nextInt(5);
        for (int i = 0; i < members; i++) {
            if (i > 0) to.write(',');
            space(random, to);
            to.writeBytes(
                    latin(
                            "\"k"
                                    + random.nextInt(12)
                                    + (random.nextInt(6) == 0 ? "\\u0041" : "")
                                    + "\""));
            space(random, to);
            to.write(':');
            space(random, to);
            value(random, to, depth - 1);
            space(random, to);
        }
        if (members == 0) space(random, to);
        to.write('}');
    }

    private static void value(Random random, ByteArrayOutputStream to, int depth) {
        int kind = random.nextInt(depth > 0 ? 9 : 7);
        switch (kind) {
            case 0 -> to.writeBytes(latin(Integer.toString(random.nextInt())));
            case 1 ->
                    to.writeBytes(
                            latin(
                                    List.of("1.0", "-0", "1e3", "1E+2", "0.10")
                                            .get(random.nextInt(5))));
            case 2 -> to.writeBytes(latin("\"v" + random.nextInt(100) + "\""));
            case 3 -> to.writeBytes(latin("\"\u00ff\u00c3 \\ud801 \\/ \\\"\""));
            case 4 -> to.writeBytes(latin("true"));
            case 5 -> to.writeBytes(latin("null"));
            case 6 -> to.writeBytes(latin("18446744073709551615"));
            case 7 -> object(random, to, depth);
            default -> {
                to.write('[');
                int elements = random.nextInt(4);
                for (int i = 0; i < elements; i++) {
                    if (i > 0) to.write(',');
                    space(random, to);
                    value(random, to, depth - 1);
                    space(random, to);
                }
                to.write(']');
            }
        }
    }

    private static void space(Random random, ByteArrayOutputStream to) {
        to.writeBytes(latin(List.of("", "", " ", "\n    ", "\t", "\r\n").get(random.nextInt(6))));
    }
}
