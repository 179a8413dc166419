package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.cli.output.ExitStatus;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** {@code xenimage dump} and {@code xenimage load}: what comes back, which edits come through, which are refused. */
class DumpAndLoadTest {
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir private Path folder;

    private Program program;

    @BeforeEach
    void makeSample() {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "4").succeeds();
    }

    private ObjectNode dumped() throws IOException {
        program.run("dump", ":in.save", ":dump").succeeds();
        return (ObjectNode) JSON.readTree(program.read("dump/image.json"));
    }

    private Program.Outcome load(ObjectNode dump) throws IOException {
        program.write("dump/image.json", JSON.writeValueAsString(dump));
        return program.run("load", ":dump", ":out.save", "--force");
    }

    private static ObjectNode element(ObjectNode dump, String member, String value) {
        for (JsonNode element : dump.withArray("elements"))
            if (element.path(member).asText().equals(value)) return (ObjectNode) element;
        throw new AssertionError("no element with " + member + " " + value);
    }

    /** What differs between the image that was dumped and the one that was loaded. */
    private List<String> differences() throws IOException {
        JsonNode diff = JSON.readTree(program.run("diff", "--json", ":in.save", ":out.save").out());
        for (JsonNode pages : diff.get("pageCounts"))
            assertEquals(0, pages.asLong(), diff.toString());
        return diff.get("differences").findValuesAsText("path");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pv", "hvm", "pvh"})
    void anImageComesBackByteForByte(String guest) {
        program.run("sample", ":guest.save", "--guest", guest, "--memory", "8").succeeds();
        program.run("dump", ":guest.save", ":guest.dump").succeeds();
        program.run("load", ":guest.dump", ":out.save").succeeds();
        assertArrayEquals(program.read("guest.save"), program.read("out.save"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "native-stream", "libxl", "libxc-v3", "libxc-v2"})
    void anImageOfAnotherFormatComesBackInItsFormatByteForByte(String format) {
        program.run("convert", ":in.save", ":image", "--to", format).succeeds();
        program.run("dump", ":image", ":image.dump").succeeds();
        program.run("load", ":image.dump", ":out").succeeds();
        assertArrayEquals(program.read("image"), program.read("out"));
    }

    @Test
    void twoDumpsOfAnImageAreTheSame() {
        program.run("dump", ":in.save", ":first").succeeds();
        program.run("dump", ":in.save", ":second").succeeds();
        for (String file : List.of("/image.json", "/pages.bin"))
            assertArrayEquals(program.read("first" + file), program.read("second" + file));
    }

    @Test
    void thePagesAreAllContentsInStreamOrder() throws IOException {
        long contents = 0;
        for (JsonNode element : dumped().withArray("elements")) {
            if (!element.get("element").asText().equals("pages")) continue;
            assertEquals(contents * 4096, element.get("offset").asLong());
            contents += element.get("contents").asLong();
        }
        assertEquals(contents * 4096, Files.size(program.file("dump/pages.bin")));
    }

    @Test
    void anEditedNameOfTheConfigComesThroughAndNothingElseChanges() throws IOException {
        ObjectNode dump = dumped();
        element(dump, "element", "config").withObject("/json/c_info").put("name", "renamed");
        load(dump).succeeds();
        assertEquals(List.of("c_info.name"), differences());
    }

    @Test
    void anEditedRegisterAndAnEditedLeafComeThroughAndNothingElseChanges() throws IOException {
        ObjectNode dump = dumped();
        element(dump, "type", "X86_PV_VCPU_BASIC")
                .withObject("/fields/user_regs")
                .put("rax", "0xffffffff81000123");
        ObjectNode leaf =
                (ObjectNode) element(dump, "type", "X86_CPUID_POLICY").at("/fields/leaves/0");
        leaf.put("eax", leaf.get("eax").asLong() ^ 1);
        load(dump).succeeds();
        List<String> paths = differences();
        assertEquals(2, paths.size(), paths.toString());
        assertTrue(paths.contains("vcpu[0].user_regs.rax"), paths.toString());
        assertTrue(
                program.run("diff", ":in.save", ":out.save").out().contains("0xffffffff81000123"));
    }

    @Test
    void integersThatADoubleCannotHoldAreWrittenAsText() throws IOException {
        List<JsonNode> contexts = dumped().findParents("user_regs");
        assertFalse(contexts.isEmpty());
        contexts.forEach(DumpAndLoadTest::requireSmall);
    }

    private static void requireSmall(JsonNode node) {
        for (JsonNode child : node) requireSmall(child);
        if (node.isIntegralNumber())
            assertTrue(node.bigIntegerValue().bitLength() <= 53, node.toString());
    }

    @Test
    void anEditedBodyWinsOverFieldsThatWereLeft() throws IOException {
        ObjectNode dump = dumped();
        ObjectNode record = element(dump, "type", "X86_TSC_INFO");
        record.put("body", flipped(record.get("body").asText()));
        load(dump).succeeds();
        assertEquals(List.of("nsec"), differences());
    }

    @Test
    void aBodyMayBeRemovedAndTheFieldsStandForIt() throws IOException {
        ObjectNode dump = dumped();
        element(dump, "type", "X86_TSC_INFO").remove(List.of("body", "sha256"));
        load(dump).succeeds();
        assertArrayEquals(program.read("in.save"), program.read("out.save"));
    }

    /** A body of X86_TSC_INFO with another nsec, after mode and khz. */
    private static String flipped(String hex) {
        return hex.substring(0, 16) + (hex.charAt(16) == '0' ? '1' : '0') + hex.substring(17);
    }

    private static Arguments edit(String name, String expected, Consumer<ObjectNode> edit) {
        return Arguments.argumentSet(name, expected, edit);
    }

    /** Edits that make no image, and a part of what must be said of each. */
    static Stream<Arguments> refusedEdits() {
        return Stream.of(
                edit(
                        "fields and body",
                        "fields contradict body",
                        dump -> {
                            ObjectNode record = element(dump, "type", "X86_TSC_INFO");
                            record.put("body", flipped(record.get("body").asText()));
                            record.withObject("/fields").put("nsec", 7);
                        }),
                edit(
                        "a field that is too large",
                        "fields.user_regs.cs",
                        dump ->
                                element(dump, "type", "X86_PV_VCPU_BASIC")
                                        .withObject("/fields/user_regs")
                                        .put("cs", 1 << 20)),
                edit(
                        "a field that is none",
                        "fields.user_regs.raxx",
                        dump ->
                                element(dump, "type", "X86_PV_VCPU_BASIC")
                                        .withObject("/fields/user_regs")
                                        .put("raxx", 1)),
                edit(
                        "no fields and no body",
                        "body and fields are both missing",
                        dump -> element(dump, "type", "END").remove("body")),
                edit(
                        "a record that is needed",
                        "], record",
                        dump -> {
                            ArrayNode all = dump.withArray("elements");
                            for (int at = 0; at < all.size(); at++)
                                if (all.get(at).path("type").asText().equals("X86_PV_INFO"))
                                    all.remove(at);
                        }),
                edit(
                        "odd hex",
                        "body: expected two hexadecimal digits",
                        dump -> element(dump, "type", "END").put("body", "0")),
                edit(
                        "pages as a record",
                        "elements of their own",
                        dump -> element(dump, "type", "X86_TSC_INFO").put("type", "PAGE_DATA")),
                edit(
                        "a type that is none",
                        "type: expected a record type",
                        dump -> element(dump, "type", "X86_TSC_INFO").put("type", "X86_TSC")),
                edit(
                        "a layer that is none",
                        "layer: expected libxl, libxc or xenopsd",
                        dump -> element(dump, "type", "X86_TSC_INFO").put("layer", "xl")),
                edit(
                        "a width that is none",
                        "guestWidth",
                        dump -> element(dump, "type", "X86_TSC_INFO").put("guestWidth", 5)),
                edit(
                        "another byte order than the header's",
                        "order",
                        dump -> element(dump, "element", "pages").put("order", "big")),
                edit(
                        "padding of another length",
                        "padding",
                        dump -> element(dump, "type", "X86_TSC_INFO").put("padding", "00")),
                edit(
                        "contents beyond the file",
                        "offset points beyond",
                        dump -> element(dump, "element", "pages").put("offset", 1L << 61)),
                edit(
                        "another number of contents",
                        "contents",
                        dump -> element(dump, "element", "pages").put("contents", 1)),
                edit("a run without pages", "runs[0][1]", dump -> run(dump, 0, "NOTAB")),
                edit(
                        "a run of more pages than a record",
                        "runs[0][1]",
                        dump -> run(dump, Integer.MAX_VALUE, "XTAB")),
                edit("a page type that is none", "runs[0][2]", dump -> run(dump, 1, "PAGE")),
                edit(
                        "no runs",
                        "runs is missing",
                        dump -> element(dump, "element", "pages").remove("runs")),
                edit(
                        "runs elsewhere",
                        "runs is not a member",
                        dump -> element(dump, "element", "config").putArray("runs")),
                edit(
                        "a member that is none",
                        "'nmae' is not a member",
                        dump -> element(dump, "element", "config").put("nmae", 1)),
                edit(
                        "an element that is none",
                        "element: expected the kind",
                        dump -> element(dump, "element", "config").put("element", "cfg")),
                edit(
                        "a number as text",
                        "mandatoryFlags: expected an integer",
                        dump -> element(dump, "element", "xl-header").put("mandatoryFlags", "3")),
                edit(
                        "a negative number",
                        "mandatoryFlags: expected an integer",
                        dump -> element(dump, "element", "xl-header").put("mandatoryFlags", -1)),
                edit(
                        "an emulator's record of another byte order",
                        "order differs from the byte order in the header",
                        dump -> {
                            ObjectNode record = element(dump, "element", "libxl-header");
                            ArrayNode all = (ArrayNode) dump.get("elements");
                            for (int i = 0; i < all.size(); i++)
                                if (all.get(i).equals(record))
                                    all.insertObject(i + 1)
                                            .put("element", "record")
                                            .put("layer", "libxl")
                                            .put("type", "EMULATOR_CONTEXT")
                                            .put("order", "big")
                                            .put("body", "0000000200000000");
                        }),
                edit(
                        "a version that no reader takes",
                        "makes an image that cannot be read",
                        dump -> element(dump, "element", "libxc-header").put("version", 9)),
                edit(
                        "a type of guest that no reader takes",
                        "is for PV guests",
                        dump -> element(dump, "element", "libxc-header").put("type", 77)),
                edit(
                        "a page shift that no reader takes",
                        "makes an image that cannot be read",
                        dump -> element(dump, "element", "libxc-header").put("pageShift", 13)),
                edit(
                        "flags that no reader takes",
                        "makes an image that cannot be read",
                        dump -> element(dump, "element", "xl-header").put("mandatoryFlags", 8)),
                edit(
                        "a config whose bytes are not JSON",
                        "base64 is not a JSON object, so json cannot be an edit of it",
                        dump -> element(dump, "element", "config").put("base64", "")),
                edit(
                        "a config that is nowhere",
                        "json, base64, or both",
                        dump -> element(dump, "element", "config").remove("json")),
                edit(
                        "no base64",
                        "base64: expected bytes",
                        dump ->
                                element(dump, "element", "config")
                                        .put("base64", "?")
                                        .remove("json")),
                edit(
                        "an ending that is none",
                        "ending: expected complete",
                        dump -> element(dump, "element", "end").put("ending", "soon")),
                edit("another schema", "schema", dump -> dump.put("schema", "dump")),
                edit("another version", "version", dump -> dump.put("version", 2)),
                edit("another format", "format", dump -> dump.put("format", "qcow2")),
                edit(
                        "a member beside the elements",
                        "is not a member of a dump",
                        dump -> {
                            JsonNode elements = dump.remove("elements");
                            dump.put("comment", "").set("elements", elements);
                        }),
                edit("no elements", "elements", dump -> dump.remove("elements")));
    }

    private static void run(ObjectNode dump, int pages, String type) {
        element(dump, "element", "pages").putArray("runs").addArray().add(0).add(pages).add(type);
    }

    @ParameterizedTest
    @MethodSource("refusedEdits")
    void anEditThatMakesNoImageIsRefusedWithItsPlace(String expected, Consumer<ObjectNode> edit)
            throws IOException {
        ObjectNode dump = dumped();
        edit.accept(dump);
        String failure = load(dump).failure();
        assertTrue(failure.contains("image.json: "), failure);
        assertTrue(failure.contains(expected), failure);
        assertEquals(List.of("dump", "in.save"), program.files());
    }

    @Test
    void aDumpThatIsCutAnywhereIsRefused() throws IOException {
        dumped();
        byte[] complete = program.read("dump/image.json");
        for (int length = 0; length < complete.length - 2; length += complete.length / 60) {
            Files.write(program.file("dump/image.json"), Arrays.copyOf(complete, length));
            program.run("load", ":dump", ":out.save").failure();
            assertFalse(Files.exists(program.file("out.save")), "cut at " + length);
        }
    }

    @Test
    void whateverTheBytesOfADumpAreTheFaultIsTheDumps() throws IOException {
        dumped();
        byte[] complete = program.read("dump/image.json");
        Random random = new Random(20_301);
        byte[] likely = "0123456789{}[]\",:xnt ".getBytes(StandardCharsets.US_ASCII);
        for (int round = 0; round < 150; round++) {
            byte[] broken = complete.clone();
            for (int edits = random.nextInt(1, 4); edits > 0; edits--)
                broken[random.nextInt(broken.length)] = likely[random.nextInt(likely.length)];
            Files.write(program.file("dump/image.json"), broken);
            Program.Outcome outcome = program.run("load", ":dump", ":out.save", "--force");
            assertTrue(outcome.status() <= ExitStatus.AT_FAULT, round + ": " + outcome.err());
        }
    }

    @Test
    void aLinkInTheFolderBringsNoOtherFileIn() throws IOException {
        dumped();
        Files.move(program.file("dump/pages.bin"), program.file("elsewhere"));
        Files.createSymbolicLink(program.file("dump/pages.bin"), program.file("elsewhere"));
        String failure = program.run("load", ":dump", ":out.save").failure();
        assertTrue(failure.contains("pages.bin: expected a regular file"), failure);
    }

    @Test
    void aFolderThatHasFilesIsNotDumpedInto() throws IOException {
        Files.createDirectory(program.file("dump"));
        program.write("dump/mine", "");
        String failure = program.run("dump", ":in.save", ":dump").failure();
        assertTrue(failure.contains("not empty"), failure);
        Files.delete(program.file("dump/mine"));
        program.run("dump", ":in.save", ":dump").succeeds();
    }

    @Test
    void aDumpOfADamagedImageLeavesNothing() throws IOException {
        byte[] image = program.read("in.save");
        Files.write(program.file("cut.save"), Arrays.copyOf(image, image.length / 2));
        program.run("dump", ":cut.save", ":dump").failure();
        assertEquals(List.of("cut.save", "in.save"), program.files());
    }

    @Test
    void aFileThatIsThereIsKept() throws IOException {
        dumped();
        String failure = program.run("load", ":dump", ":in.save").failure();
        assertTrue(failure.contains("already exists"), failure);
    }
}
