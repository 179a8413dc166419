package org.xenimage.image.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.layout.FieldRejected;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/** The tree of a domain's XML, and edits of it that keep every other byte. */
class DomainXmlTest {
    private static final Fault PLACE = Fault.in("test").element("config");

    /** As libvirt prints it, with what people add: comments, references, other quotation marks. */
    private static final String DOMAIN =
            """
            <domain type='xen' id="3" xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
              <!-- <name>of nobody</name> -->
              <name>web1 &amp; more</name>
              <memory unit='KiB'>40960</memory>
              <os>
                <type arch='x86_64' machine='xenpv'>linux</type>
              </os>
              <features><acpi/><pae></pae></features>
              <devices>
                <emulator>/usr/bin/qemu</emulator>
                <disk type='file'>
                  <source file='/a &lt;b&gt;.img'/>
                </disk>
                <interface type='bridge'/>
                <interface type='network'>
                  <mac address='00:16:3e:00:00:01'/>
                </interface>
              </devices>
              <description><![CDATA[one <two> & three]]></description>
              <?keep this?>
            </domain>
            \0\
            """;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ObjectNode tree(String text) throws IOException {
        return DomainXml.parse(MemorySegment.ofArray(bytes(text)), PLACE);
    }

    private static String edited(String text, Consumer<ObjectNode> edit) throws IOException {
        ObjectNode tree = tree(text);
        edit.accept(tree);
        String made = new String(DomainXml.edit(bytes(text), tree, PLACE), StandardCharsets.UTF_8);
        assertEquals(texts(tree), texts(tree(made)), made);
        return made;
    }

    /**
     * The tree with its values as texts, nothing where there is an empty one, and no array or object
     * of one.
     */
    private static JsonNode texts(JsonNode tree) {
        if (tree.isArray() && tree.size() == 1) return texts(tree.get(0));
        if (tree.isArray()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            tree.forEach(one -> array.add(texts(one)));
            return array;
        }
        if (!tree.isObject()) {
            return tree.asText("").isBlank() || tree.isNull()
                    ? JsonNodeFactory.instance.nullNode()
                    : JsonNodeFactory.instance.textNode(tree.asText());
        }
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        tree.properties().forEach(one -> object.set(one.getKey(), texts(one.getValue())));
        if (object.isEmpty()) return JsonNodeFactory.instance.nullNode();
        return object.size() == 1 && object.has("#text") ? object.get("#text") : object;
    }

    @Test
    void theTreeHasTheNamesOfTheXml() throws IOException {
        assertEquals(
                new JsonMapper()
                        .readTree(
                                """
                                {"@type": "xen", "@id": "3",
                                 "@xmlns:qemu": "http://libvirt.org/schemas/domain/qemu/1.0",
                                 "name": "web1 & more",
                                 "memory": {"@unit": "KiB", "#text": "40960"},
                                 "os": {"type": {"@arch": "x86_64", "@machine": "xenpv", "#text": "linux"}},
                                 "features": {"acpi": null, "pae": null},
                                 "devices": {
                                   "emulator": "/usr/bin/qemu",
                                   "disk": [{"@type": "file", "source": {"@file": "/a <b>.img"}}],
                                   "interface": [
                                     {"@type": "bridge"},
                                     {"@type": "network", "mac": {"@address": "00:16:3e:00:00:01"}}]},
                                 "description": "one <two> & three"}
                                """),
                tree(DOMAIN));
    }

    @Test
    void aTreeThatNobodyEditedGivesTheSameBytes() throws IOException {
        assertArrayEquals(bytes(DOMAIN), DomainXml.edit(bytes(DOMAIN), tree(DOMAIN), PLACE));
    }

    @Test
    void aValueIsReplacedAndNothingElse() throws IOException {
        assertEquals(
                DOMAIN.replace("web1 &amp; more", "a&lt;b"),
                edited(DOMAIN, domain -> domain.put("name", "a<b")));
        assertEquals(
                DOMAIN.replace("id=\"3\"", "id=\"4&quot;'\""),
                edited(DOMAIN, domain -> domain.put("@id", "4\"'")));
        assertEquals(
                DOMAIN.replace("40960", "81920"),
                edited(DOMAIN, domain -> domain.withObject("/memory").put("#text", 81920)));
        assertEquals(
                DOMAIN.replace("<![CDATA[one <two> & three]]>", "four"),
                edited(DOMAIN, domain -> domain.put("description", "four")));
        assertEquals(
                DOMAIN.replace("'00:16:3e:00:00:01'", "'00:16:3e:00:00:02'"),
                edited(
                        DOMAIN,
                        domain ->
                                domain.withObject("/devices/interface/1/mac")
                                        .put("@address", "00:16:3e:00:00:02")));
    }

    @Test
    void elementsAndAttributesComeAndGo() throws IOException {
        assertEquals(
                DOMAIN.replace("    <interface type='bridge'/>\n", ""),
                edited(DOMAIN, domain -> ((ArrayNode) domain.at("/devices/interface")).remove(0)));
        assertEquals(
                DOMAIN.replace(
                        "    </disk>\n",
                        "    </disk>\n    <disk device='cdrom'>\n      <readonly/>\n    </disk>\n"),
                edited(
                        DOMAIN,
                        domain ->
                                ((ArrayNode) domain.at("/devices/disk"))
                                        .addObject()
                                        .put("@device", "cdrom")
                                        .putNull("readonly")));
        assertEquals(
                DOMAIN.replace("<acpi/>", "<acpi eoi='on'/>"),
                edited(
                        DOMAIN,
                        domain ->
                                domain.withObject("/features")
                                        .putObject("acpi")
                                        .put("@eoi", "on")));
        assertEquals(
                DOMAIN.replace(" unit='KiB'", ""),
                edited(DOMAIN, domain -> domain.put("memory", "40960")));
        assertEquals(
                DOMAIN.replace(
                        "<interface type='bridge'/>", "<interface type='bridge'>x</interface>"),
                edited(
                        DOMAIN,
                        domain ->
                                ((ObjectNode) domain.at("/devices/interface/0"))
                                        .put("#text", "x")));
        assertEquals(
                DOMAIN.replace("</description>", "</description>\n  <title>t</title>"),
                edited(DOMAIN, domain -> domain.put("title", "t")));
        assertEquals(
                DOMAIN.replace("\n  <name>web1 &amp; more</name>", ""),
                edited(DOMAIN, domain -> domain.remove("name")));
        assertEquals(
                DOMAIN.replace("<pae></pae>", "<pae></pae><hap/>"),
                edited(DOMAIN, domain -> domain.withObject("/features").putNull("hap")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "<!-- a -->", "text"})
    void anElementWithoutChildrenTakesSome(String content) throws IOException {
        String made =
                edited(
                        "<domain><os>%s</os></domain>".formatted(content),
                        domain -> {
                            ObjectNode os =
                                    JsonNodeFactory.instance.objectNode().put("kernel", "/k");
                            if (content.equals("text")) os.put("#text", content);
                            domain.set("os", os);
                        });
        assertTrue(made.contains(content), made);
    }

    @Test
    void whatXmlCannotHoldIsTheFaultOfTheEdit() throws IOException {
        for (Consumer<ObjectNode> edit :
                List.<Consumer<ObjectNode>>of(
                        domain -> domain.put("two words", "x"),
                        domain -> domain.put("@", "x"),
                        domain -> domain.put("1", "x"),
                        domain -> domain.putNull("@id"),
                        domain -> domain.putObject("@id"),
                        domain -> domain.put("name", "\0"),
                        domain -> domain.put("name", "\ud800"),
                        domain -> domain.putArray("name").addArray(),
                        domain -> domain.putObject("name").putArray("#text"),
                        domain -> {
                            ObjectNode at = domain;
                            for (int i = 0; i < 200; i++) at = at.putObject("a");
                        })) {
            ObjectNode tree = tree(DOMAIN);
            edit.accept(tree);
            assertThrows(FieldRejected.class, () -> DomainXml.edit(bytes(DOMAIN), tree, PLACE));
        }
        ObjectNode mixed = tree("<domain>a<b/>c</domain>");
        assertEquals("ac", mixed.path("#text").asText());
        mixed.put("#text", "d");
        assertThrows(
                FieldRejected.class,
                () -> DomainXml.edit(bytes("<domain>a<b/>c</domain>"), mixed, PLACE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<",
                "<domain",
                "<domain>",
                "<domain><a></domain>",
                "<domain/>x",
                "<network/>",
                "<!DOCTYPE domain><domain/>",
                "<!DOCTYPE domain [<!ENTITY a 'b'>]><domain>&a;</domain>",
                "<!DOCTYPE domain SYSTEM 'file:///etc/passwd'><domain/>",
                "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domain>&x;</domain>",
                "<domain>&undeclared;</domain>",
                "<domain a='1' a='2'/>",
                "<domain>\u0001</domain>"
            })
    void whatIsNoDomainIsRefusedInWords(String text) {
        var failure = assertThrows(CorruptImage.class, () -> tree(text));
        assertTrue(failure.fault().message().contains("test: config"), failure.fault().message());
    }

    @Test
    void otherBytesThanUtf8AreRefused() {
        byte[] latin = "<domain>\u00e9</domain>".getBytes(StandardCharsets.ISO_8859_1);
        assertThrows(
                CorruptImage.class, () -> DomainXml.parse(MemorySegment.ofArray(latin), PLACE));
    }

    @Test
    void bombsAreRefusedWithinTheHeap() {
        for (String bomb :
                List.of(
                        "<domain>" + "<a>".repeat(100_000),
                        "<domain " + "a".repeat(3_000_000) + "=''/>",
                        "<domain"
                                + " b%d=''".repeat(5000).formatted((Object[]) numbers(5000))
                                + "/>")) assertThrows(ImageException.class, () -> tree(bomb));
        String wide = "<domain>" + "<a/>".repeat(4_000_000) + "</domain>";
        if (Runtime.getRuntime().maxMemory() <= 2L << 30)
            assertThrows(LimitExceeded.class, () -> tree(wide));
    }

    private static Integer[] numbers(int count) {
        Integer[] numbers = new Integer[count];
        for (int i = 0; i < count; i++) numbers[i] = i;
        return numbers;
    }

    @ParameterizedTest
    @CsvSource({
        "c_info/name, web1 & more",
        "c_info/type, pv",
        "b_info/max_memkb, 40960",
    })
    void isFoundByTheNamesOfLibxl(String path, String value) throws IOException {
        assertEquals(
                value,
                DomainXml.find(MemorySegment.ofArray(bytes(DOMAIN)), PLACE, Set.of(path))
                        .get(path));
    }

    /** Random edits of random trees: the text that is made has the tree that was wanted. */
    @Test
    void anyEditGivesTheTreeThatWasWanted() throws IOException {
        for (int seed = 0; seed < 400; seed++) {
            var random = new Random(seed);
            String text = random.nextBoolean() ? DOMAIN : "<domain a='1'><b>c</b></domain>";
            for (int step = 0; step < 4; step++) {
                ObjectNode wanted = tree(text);
                change(wanted, random);
                text = edited(text, domain -> domain.removeAll().setAll(wanted));
            }
        }
    }

    private static void change(ObjectNode tree, Random random) {
        List<String> names = new ArrayList<>();
        tree.fieldNames().forEachRemaining(names::add);
        String name =
                names.isEmpty() || random.nextInt(3) == 0
                        ? "n" + random.nextInt(4)
                        : names.get(random.nextInt(names.size()));
        JsonNode there = tree.path(name);
        if (there instanceof ObjectNode object && random.nextInt(4) > 0) {
            change(object, random);
        } else if (there instanceof ArrayNode array && !array.isEmpty() && random.nextBoolean()) {
            if (random.nextBoolean()) array.remove(random.nextInt(array.size()));
            else array.insert(random.nextInt(array.size()), "v<" + random.nextInt(9));
            if (array.isEmpty() || (array.size() == 1 && !repeats(name))) tree.remove(name);
        } else if (random.nextInt(3) == 0) {
            tree.remove(name);
        } else if (name.startsWith("@") || name.startsWith("#")) {
            if (!name.startsWith("#")
                    || tree.properties().stream()
                            .allMatch(one ->
                                    !(one.getValue().isContainerNode()
                                            || one.getKey().startsWith("n"))))
                tree.put(name, "v'\"\n&" + random.nextInt(9));
        } else if (!repeats(name)) {
            if (random.nextBoolean()) tree.put(name, "t" + random.nextInt(9));
            else tree.putObject(name).put("@x", "\t" + random.nextInt(9)).put("y", "z");
        }
    }

    private static boolean repeats(String name) {
        return Set.of("disk", "interface").contains(name);
    }
}
