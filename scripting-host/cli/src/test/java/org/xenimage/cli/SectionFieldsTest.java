package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.script.policy.Language;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The fields of a site's own section type: described in a schema, shown by commands, edited by policies. */
class SectionFieldsTest {
    private static final String NAME = "example.inventory";

    private static final String SCHEMA =
            """
            {"sections": {"example.inventory": {"type": "example-inventory", "fields": [
              {"name": "version", "type": "u16"},
              {"name": "flags", "type": "u8", "flags": {"running": 0, "dirty": 1}},
              {"name": "state", "type": "i8", "enum": {"up": 1, "lost": -1}},
              {"name": "serial", "type": "u64", "order": "big"},
              {"name": "title", "type": "string", "length": 8},
              {"name": "count", "type": "u8"},
              {"name": "hosts", "type": "array", "count": "count", "item": [
                {"name": "size", "type": "u8"},
                {"name": "host", "type": "string", "length": "size"},
                {"name": "slots", "type": "array", "count": 2, "item": {"type": "u16"}}]},
              {"name": "rest", "type": "bytes"}]}}}
            """;

    /** Two hosts, flags with an unknown bit, and two bytes at the end. */
    private static final String HEX =
            "0200"
                    + "83"
                    + "ff"
                    + "fedcba9876543210"
                    + "7765623100000000"
                    + "02"
                    + "0161"
                    + "01000200"
                    + "03626364"
                    + "ffff0000"
                    + "beef";

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeImage() throws IOException {
        program = new Program(folder);
        program.write("site.json", SCHEMA);
        Files.write(program.file("inventory"), HexFormat.of().parseHex(HEX));
        program.run("sample", ":in.save", "--guest", "pvh", "--memory", "4").succeeds();
        program.run("convert", ":in.save", ":in.native", "--to", "native").succeeds();
        program.run(
                        "section",
                        "add",
                        ":in.native",
                        NAME,
                        ":inventory",
                        "--type",
                        "example-inventory")
                .succeeds();
    }

    private JsonNode fields(String image) throws IOException {
        program.run(
                        "section",
                        "get",
                        image,
                        NAME,
                        "--fields",
                        "--section-schema",
                        ":site.json",
                        "-o",
                        ":fields",
                        "--force")
                .succeeds();
        return new JsonMapper().readTree(program.read("fields"));
    }

    @Test
    void theFieldsAreShown() throws IOException {
        JsonNode fields = fields(":in.native");
        assertEquals(2, fields.path("version").asInt());
        assertEquals("[\"running\",\"dirty\",\"bit7\"]", fields.path("flags").toString());
        assertEquals("lost", fields.path("state").asText());
        assertEquals("18364758544493064720", fields.path("serial").toString());
        assertEquals("web1", fields.path("title").asText());
        assertEquals("bcd", fields.at("/hosts/1/host").asText());
        assertEquals("[65535,0]", fields.at("/hosts/1/slots").toString());
        assertEquals("beef", fields.path("rest").asText());
        String[] schema = {"--section-schema", ":site.json"};
        String info = program.run("info", ":in.native", schema[0], schema[1]).succeeds().out();
        assertTrue(info.contains("title = \"web1\""), info);
        JsonNode json =
                new JsonMapper()
                        .readTree(
                                program.run("info", "--json", ":in.native", schema[0], schema[1])
                                        .succeeds()
                                        .out());
        assertEquals("lost", json.at("/container/siteSections/0/fields/state").asText());
        String without =
                program.run("section", "get", ":in.native", NAME, "--fields", "-o", ":x").failure();
        assertTrue(without.contains("no schema describes its fields"), without);
    }

    @ParameterizedTest
    @CsvSource({"JAVASCRIPT, false", "PYTHON, false", "JAVASCRIPT, true", "PYTHON, true"})
    void aPolicyEditsAndAddsFields(Language language, boolean isolated) throws IOException {
        String policy =
                switch (language) {
                    case JAVASCRIPT ->
                            ":"
                                    + program.write(
                                                    "edit.js",
                                                    """
                                                    export const policy = { api: 1, name: 'edit' };
                                                    export function onSection(section, ctx) {
                                                      const fields = section.fields;
                                                      fields.serial -= 1n; fields.state = 'up'; fields.flags=['dirty'];
                                                      fields.hosts.push({ host: 'new', slots: [7, 8] });
                                                      fields.hosts[0].host = 'longer';
                                                    }
                                                    export function onEnd(summary, ctx) { ctx.log(`${summary.edits}`); }
                                                    """)
                                            .getFileName();
                    case PYTHON ->
                            ":"
                                    + program.write(
                                                    "edit.py",
                                                    """
                                                    POLICY = {'api': 1, 'name': 'edit'}
                                                    def on_section(section, ctx):
                                                        fields = section.fields
                                                        fields['serial'] -= 1
                                                        fields['state'] = 'up'
                                                        fields['flags'] = ['dirty']
                                                        fields['hosts'].append({'host': 'new', 'slots': [7, 8]})
                                                        fields['hosts'][0]['host'] = 'longer'
                                                    def on_end(summary, ctx): ctx.log(str(summary['edits']))
                                                    """)
                                            .getFileName();
                };
        List<String> line =
                new ArrayList<>(
                        List.of(
                                "rewrite",
                                ":in.native",
                                ":out",
                                "--policy",
                                policy,
                                "--section-schema",
                                ":site.json",
                                "--log",
                                ":log"));
        if (isolated) line.add("--isolate");
        program.run(line.toArray(String[]::new)).succeeds();
        JsonNode fields = fields(":out");
        assertEquals("18364758544493064719", fields.path("serial").toString());
        assertEquals("up", fields.path("state").asText());
        assertEquals("[\"dirty\"]", fields.path("flags").toString());
        assertEquals(3, fields.path("count").asInt());
        assertEquals(6, fields.at("/hosts/0/size").asInt());
        assertEquals("longer", fields.at("/hosts/0/host").asText());
        assertEquals("new", fields.at("/hosts/2/host").asText());
        String log = Files.readString(program.file("log"));
        assertTrue(log.contains("\"path\":\"fields.state\""), log);
        program.run("verify", ":out", "--section-schema", ":site.json").succeeds();
    }

    @ParameterizedTest
    @EnumSource
    void fieldsThatDoNotFitAreRefused(Language language) {
        String[][] wrong = {
            {"version = 65536", "['version'] = 65536", "field version: expected u16"},
            {"state = 'gone'", "['state'] = 'gone'", "expected up, lost or a number, found 'gone'"},
            {"flags = ['red']", "['flags'] = ['red']", "there is no flag red"},
            {"title = 'much too long'", "['title'] = 'much too long'", "at most 8 bytes, found 13"},
            {"rest = 'abc'", "['rest'] = 'abc'", "hexadecimal digits"},
            {"hosts = 7", "['hosts'] = 7", "field hosts: expected a list"},
            {"hosts[0].slots = [1]", "['hosts'][0]['slots'] = [1]", "expected 2 items, found 1"},
            {"versoin = 1", "['versoin'] = 1", "the schema has no such field"},
            {"title = '\\ud800'", "['title'] = '\\ud800'", "surrogate"},
        };
        for (String[] one : wrong) {
            String policy =
                    switch (language) {
                        case JAVASCRIPT ->
                                ":"
                                        + program.write(
                                                        "bad.js",
                                                        "export const policy = { api: 1, name: 'bad' };\n"
                                                                + "export function onSection(section) { section.fields."
                                                                + one[0]
                                                                + "; }")
                                                .getFileName();
                        case PYTHON ->
                                ":"
                                        + program.write(
                                                        "bad.py",
                                                        "POLICY = {'api': 1, 'name': 'bad'}\n"
                                                                + "def on_section(section, ctx): section.fields"
                                                                + one[1]
                                                                + "\n")
                                                .getFileName();
                    };
            String told =
                    program.run(
                                    "rewrite",
                                    ":in.native",
                                    ":out",
                                    "--policy",
                                    policy,
                                    "--section-schema",
                                    ":site.json")
                            .failure();
            assertTrue(told.contains(one[2]), one[0] + ": " + told);
            assertFalse(Files.exists(program.file("out")), one[0]);
        }
    }

    @Test
    void contentThatIsNotAsTheSchemaSaysIsShownAsSuch() throws IOException {
        byte[] before = program.read("in.native");
        String[] broken = {HEX.substring(0, 40), HEX.replace("0161", "ff61"), "00".repeat(3)};
        for (String hex : broken) {
            Files.write(program.file("inventory"), HexFormat.of().parseHex(hex));
            program.run(
                            "section",
                            "add",
                            ":in.native",
                            NAME,
                            ":inventory",
                            "--type",
                            "example-inventory",
                            "--replace")
                    .succeeds();
            String info =
                    program.run("info", ":in.native", "--section-schema", ":site.json")
                            .succeeds()
                            .out();
            assertTrue(info.contains("not as the schema says: field "), info);
            String told =
                    program.run(
                                    "section",
                                    "get",
                                    ":in.native",
                                    NAME,
                                    "--fields",
                                    "--section-schema",
                                    ":site.json",
                                    "-o",
                                    ":x")
                            .failure();
            assertTrue(told.contains("is not as its schema says"), told);
        }
        assertFalse(java.util.Arrays.equals(before, program.read("in.native")));
    }

    private ObjectNode dumped(String image) throws IOException {
        program.run("dump", image, ":dump", "--force", "--section-schema", ":site.json").succeeds();
        return (ObjectNode) new JsonMapper().readTree(program.read("dump/image.json"));
    }

    private void write(ObjectNode dump) throws IOException {
        Files.write(program.file("dump/image.json"), new JsonMapper().writeValueAsBytes(dump));
    }

    /** What the section holds once a dump is loaded. */
    private String loaded() throws IOException {
        program.run("load", ":dump", ":loaded.native", "--force").succeeds();
        program.run("section", "get", ":loaded.native", NAME, "-o", ":got", "--force").succeeds();
        return HexFormat.of().formatHex(program.read("got"));
    }

    @Test
    void aDumpHasTheFieldsAndLoadsEditedOnesWithoutTheSchemaOfTheSite() throws IOException {
        ObjectNode dump = dumped(":in.native");
        ObjectNode section = (ObjectNode) dump.at("/sections/0");
        assertEquals("0xfedcba9876543210", section.at("/fields/serial").asText());
        assertEquals(HEX, loaded());
        ((ObjectNode) section.get("fields"))
                .put("title", "web2")
                .put("serial", "0xfedcba9876543211");
        write(dump);
        String edited = HEX.replace("77656231", "77656232").replace("76543210", "76543211");
        assertEquals(edited, loaded());
        // The bytes win if only they were edited; one of the two is enough.
        section = (ObjectNode) dumped(":in.native").at("/sections/0");
        dump.putArray("sections").add(section);
        byte[] other = HexFormat.of().parseHex(HEX.replace("beef", "f00d"));
        section.put("base64", other);
        write(dump);
        assertEquals(HEX.replace("beef", "f00d"), loaded());
        section.remove("base64");
        write(dump);
        assertEquals(HEX, loaded());
        section.put("base64", other).remove(List.of("fields", "schema", "sha256"));
        write(dump);
        assertEquals(HEX.replace("beef", "f00d"), loaded());
    }

    @Test
    void aDumpWithFieldsThatCannotBeEncodedIsRefused() throws IOException {
        String[][] wrong = {
            {"fields", "{\"version\": 1}", "field flags: is missing"},
            {"fields/version", "65536", "field version: expected u16"},
            {"fields/state", "\"gone\"", "expected up, lost or a number"},
            {"fields/serial", "\"0x1234\"", "field serial: expected an integer"},
            {"fields/hosts/0/host", "7", "field hosts[0].host: expected text"},
            {"fields/more", "1", "the schema has no such field"},
            {"schema/fields", "[]", "expected a list of fields"},
            {"schema/order", "\"middle\"", "expected little or big"},
            {"schema", "null", "expected an object"},
            {"base64", "\"%\"", "expected bytes in base64"},
            {"mandatory", "\"yes\"", "expected true or false"},
            {"sha256", "\"00\"", "contradict base64"},
        };
        for (String[] one : wrong) {
            ObjectNode dump = dumped(":in.native");
            ObjectNode section = (ObjectNode) dump.at("/sections/0");
            if (one[0].equals("sha256")) ((ObjectNode) section.get("fields")).put("version", 3);
            int slash = one[0].lastIndexOf('/');
            JsonNode parent = slash < 0 ? section : section.at("/" + one[0].substring(0, slash));
            ((ObjectNode) parent)
                    .set(one[0].substring(slash + 1), new JsonMapper().readTree(one[1]));
            write(dump);
            String told = program.run("load", ":dump", ":loaded.native").failure();
            assertTrue(told.contains("sections[0]"), one[0] + ": " + told);
            assertTrue(told.contains(one[2]), one[0] + ": " + told);
            assertFalse(Files.exists(program.file("loaded.native")), one[0]);
        }
        ObjectNode dump = dumped(":in.native");
        ((ObjectNode) dump.at("/sections/0")).remove("schema");
        write(dump);
        String told = program.run("load", ":dump", ":loaded.native").failure();
        assertTrue(told.contains("fields have no schema that describes them"), told);
    }

    @Test
    void contentThatDoesNotFitIsDumpedAsBytesOnly() throws IOException {
        Files.write(program.file("inventory"), new byte[3]);
        program.run(
                        "section",
                        "add",
                        ":in.native",
                        NAME,
                        ":inventory",
                        "--type",
                        "example-inventory",
                        "--replace")
                .succeeds();
        JsonNode section = dumped(":in.native").at("/sections/0");
        assertFalse(section.has("fields") || section.has("schema"), section::toString);
        assertEquals("000000", loaded());
    }

    @Test
    void diffAndTheDryRunShowTheFieldsThatDiffer() {
        String policy =
                ":"
                        + program.write(
                                        "edit.js",
                                        """
                                        export const policy = { api: 1, name: 'edit' };
                                        export function onSection(section) {
                                          section.fields.title = 'web2';
                                          section.fields.hosts[1].slots[0] = 7;
                                        }
                                        """)
                                .getFileName();
        String[] schema = {"--section-schema", ":site.json"};
        String shown =
                program.run(
                                "rewrite",
                                ":in.native",
                                "--dry-run",
                                "--policy",
                                policy,
                                schema[0],
                                schema[1])
                        .succeeds()
                        .out();
        assertTrue(shown.contains("fields.title: \"web1\" → \"web2\""), shown);
        assertTrue(shown.contains("fields.hosts[1].slots[0]: 65535 → 7"), shown);
        assertFalse(shown.contains("bytes:"), shown);
        program.run("rewrite", ":in.native", ":out", "--policy", policy, schema[0], schema[1])
                .succeeds();
        Program.Outcome differs = program.run("diff", ":in.native", ":out", schema[0], schema[1]);
        assertEquals(1, differs.status());
        assertTrue(
                differs.out().contains(NAME + ".fields.title: \"web1\" → \"web2\""), differs.out());
        assertTrue(
                differs.out().contains(NAME + ".fields.hosts[1].slots[0]: 65535 → 7"),
                differs.out());
        assertFalse(differs.out().contains("fields.state"), differs.out());
        String without = program.run("diff", ":in.native", ":out").out();
        assertTrue(without.contains(NAME + ".sha256"), without);
        assertFalse(without.contains("fields"), without);
    }

    @Test
    void aPolicySetNamesTheSchemasOfItsSite() throws IOException {
        Files.createDirectories(program.file("set/sub"));
        program.write("set/sub/site.json", SCHEMA);
        program.write(
                "set/edit.js",
                """
                export const policy = { api: 1, name: 'edit' };
                export function onSection(section) { section.fields.title = 'web2'; }
                """);
        program.write("set/policies.yaml", "set: 1\nschemas: sub/site.json\npolicies: [edit.js]\n");
        program.run(
                        "section",
                        "add",
                        ":in.native",
                        NAME,
                        ":inventory",
                        "--type",
                        "example-inventory",
                        "--mandatory",
                        "--replace")
                .succeeds();
        program.run("sign", "--new-key", ":ada.key").succeeds();
        program.run("policy", "bundle", ":set", "-o", ":set.bundle", "--key", ":ada.key")
                .succeeds();
        for (String set : new String[] {":set", ":set.bundle"}) {
            program.run("rewrite", ":in.native", ":out", "--policies", set, "--force").succeeds();
            assertEquals("web2", fields(":out").path("title").asText());
        }
        program.run("bulk", ":in.native", "--out", ":many", "--policies", ":set").succeeds();
        byte[] schema = program.read("set/sub/site.json");
        String over =
                program.run(
                                "rewrite",
                                ":in.native",
                                ":set/sub/site.json",
                                "--policies",
                                ":set",
                                "--force")
                        .failure();
        assertTrue(over.contains("reads"), over);
        assertArrayEquals(schema, program.read("set/sub/site.json"));
        String[][] wrong = {
            {"none.json", "policies.yaml:2:10: schemas: there is no file none.json in the set"},
            {"../site.json", "is not in the policy's folder"},
            {"[sub/site.json, edit.js]", "edit.js"},
        };
        for (String[] one : wrong) {
            program.write(
                    "set/policies.yaml", "set: 1\nschemas: " + one[0] + "\npolicies: [edit.js]\n");
            String told = program.run("policy", "check", ":set").failure();
            assertTrue(told.contains(one[1]), told);
        }
    }

    @Test
    void aContradictorySchemaIsRefusedWithItsLineAndWhatToDo() {
        byte[] before = program.read("in.native");
        String[][] wrong = {
            {"\"name\": \"a\", \"type\": \"u24\"", "expected the type u8"},
            {"\"name\": \"a\", \"type\": \"u8\", \"width\": 3", "'width'"},
            {"\"name\": \"a\", \"type\": \"u8\", \"order\": \"middle\"", "expected little or big"},
            {"\"name\": \"a\", \"type\": \"u8\", \"enum\": {\"x\": 256}", "a number of 8 bits"},
            {
                "\"name\": \"a\", \"type\": \"u8\", \"enum\": {\"x\": 1, \"y\": 1}",
                "two names for 1"
            },
            {"\"name\": \"a\", \"type\": \"u8\", \"flags\": {\"x\": 8}", "a bit of u8, 0 to 7"},
            {
                "\"name\": \"a\", \"type\": \"u8\", \"flags\": {\"x\": 1}, \"enum\": {\"x\": 1}",
                "remove one"
            },
            {"\"name\": \"a\", \"type\": \"string\", \"length\": \"a\"", "an integer before it"},
            {"\"name\": \"a\", \"type\": \"string\", \"length\": 0", "a number from 1"},
            {"\"name\": \"first\", \"type\": \"u8\"", "two fields have this name"},
            {
                "\"name\": \"a\", \"type\": \"bytes\"}, {\"name\": \"b\", \"type\": \"u8\"",
                "extends to the end"
            },
            {"\"name\": \"a\", \"type\": \"array\", \"item\": []", "expected a list of fields"},
            {
                "\"name\": \"a\", \"type\": \"array\", \"item\": {\"type\": \"bytes\"}",
                "an item extends to the end"
            },
            {"\"type\": \"u8\"", "expected a field with a name"},
            {nested(12), "at most 8 deep"},
        };
        for (String[] one : wrong) {
            program.write(
                    "wrong.json",
                    """
                    {"sections": {"example.inventory": {"fields": [
                      {"name": "first", "type": "u8"},
                      {%s}]}}}
                    """
                            .formatted(one[0]));
            String told =
                    program.run("info", ":in.native", "--section-schema", ":wrong.json").failure();
            assertTrue(told.contains(one[1]), one[0] + ": " + told);
            assertTrue(told.contains("wrong.json:"), told);
        }
        assertArrayEquals(before, program.read("in.native"));
    }

    private static String nested(int depth) {
        return "\"name\": \"a\", \"type\": \"array\", \"count\": 1, \"item\": [{".repeat(depth)
                + "\"name\": \"a\", \"type\": \"u8\""
                + "}]".repeat(depth);
    }
}
