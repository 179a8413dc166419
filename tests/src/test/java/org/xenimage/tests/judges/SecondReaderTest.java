package org.xenimage.tests.judges;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.tests.program.ProgramShell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The second reader, written in Python from the specification alone, finds in an image what {@code xenimage info} does.
 */
class SecondReaderTest {
    private static final Path READER =
            ProgramShell.ROOT.resolve("tests/native-reader/native_reader.py");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir private static Path folder;

    static Stream<Arguments> imagesAndForms() {
        return Stream.of(
                        "417-pv1.save",
                        "417-pvh1.save",
                        "417-hvm1.save",
                        "414-pv.migrate.fwd",
                        "417-pv1.core",
                        "417-pvh1.core")
                .flatMap(image ->
                        Stream.of(
                                        "--to native",
                                        "--to native --compress zstd",
                                        "--to native-stream")
                                .map(options ->
                                        Arguments.of(
                                                image,
                                                image.endsWith(".core")
                                                        ? options + " --allow-loss"
                                                        : options)));
    }

    @ParameterizedTest
    @MethodSource("imagesAndForms")
    void agreesOnEveryImage(String image, String options) throws IOException, InterruptedException {
        Path made = NativeImages.converted(folder, image, options.replaceAll("\\W", ""), options);
        JsonNode ours = json("xenimage info --json '%s'".formatted(made));
        JsonNode theirs = json("python3 '%s' list '%s'".formatted(READER, made));

        assertEquals(theirs(theirs), ours(ours));

        JsonNode checked = json("python3 '%s' check '%s'".formatted(READER, made));
        assertEquals(ours.at("/container/digest/sha256"), checked.path("digest"));
        assertEquals(ours.at("/container/digest/length"), checked.path("stream_length"));
        Files.delete(made);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--to native", "--to native --compress zstd"})
    void findsTheSamePage(String options) throws IOException, InterruptedException {
        Path made =
                NativeImages.converted(
                        folder, "417-pv1.save", "page" + options.replaceAll("\\W", ""), options);
        for (int pfn : new int[] {0, 0x1000, 0x19ad, 10_239}) {
            shell("python3 '%s' page '%s' %d theirs".formatted(READER, made, pfn));
            shell("xenimage extract pages '%s' --pfn %d -o ours --force".formatted(made, pfn));
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve("theirs")),
                    Files.readAllBytes(folder.resolve("ours")),
                    "pfn " + pfn);
        }
    }

    /** What both say, in the words of {@code info}. */
    private static ObjectNode ours(JsonNode report) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        JsonNode container = report.path("container");
        all.set("version", container.path("version"));
        all.set("form", container.path("form"));
        all.put("guest", report.at("/libxc/type").asText());
        all.set("libxc", report.at("/libxc/version"));
        all.put(
                "xen",
                report.at("/libxc/xenMajor").asText()
                        + "."
                        + report.at("/libxc/xenMinor").asText());
        if (container.path("form").asText().equals("seekable")) {
            all.put("contents", report.at("/pages/withContents").asLong());
            all.put("digest", container.at("/digest/sha256").asText());
        }
        ArrayNode capabilities = all.putArray("capabilities");
        for (JsonNode one : container.path("capabilities")) {
            capabilities.add(
                    (one.path("mandatory").asBoolean() ? "!" : "?") + one.path("name").asText());
        }
        all.set("metadata", container.path("metadata"));
        ObjectNode sections = all.putObject("sections");
        for (JsonNode one : container.path("sections")) {
            sections.put(
                    one.path("name").asText(),
                    one.path("offset").asText() + "+" + one.path("length").asText());
        }
        return all;
    }

    private static ObjectNode theirs(JsonNode report) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        JsonNode ident = report.path("ident");
        all.set("version", ident.path("version"));
        all.set("form", ident.path("form"));
        all.put("guest", ident.path("guest_type").asText().equals("PV") ? "PV" : "HVM");
        all.set("libxc", ident.path("libxc_version"));
        all.set("xen", ident.path("xen"));
        if (ident.path("form").asText().equals("seekable")) {
            all.put("contents", ident.path("content_count").asLong());
            all.put("digest", report.path("digest").asText());
        }
        all.set("capabilities", report.path("capabilities"));
        all.set("metadata", report.path("metadata"));
        ObjectNode sections = all.putObject("sections");
        for (Map.Entry<String, JsonNode> one : report.path("sections").properties()) {
            sections.put(
                    one.getKey(),
                    one.getValue().path("offset").asText()
                            + "+"
                            + one.getValue().path("length").asText());
        }
        return all;
    }

    private static JsonNode json(String command) throws IOException, InterruptedException {
        return JSON.readTree(shell(command));
    }

    private static String shell(String command) throws IOException, InterruptedException {
        ProgramShell.Outcome outcome = ProgramShell.in(folder).run(command);
        assertEquals(0, outcome.status(), outcome.out() + outcome.err());
        return outcome.out();
    }
}
