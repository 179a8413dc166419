package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Every library of the distribution is named with its licence. */
class LicencesTest {
    private static final Path HOME = ProgramShell.program().resolveSibling("..").normalize();

    @Test
    void everyLibraryIsListed() throws IOException {
        assumeTrue(Files.isDirectory(HOME.resolve("lib")), "the program is packed");
        List<String> listed =
                Files.readAllLines(HOME.resolve("THIRD-PARTY.md")).stream()
                        .filter(line -> line.startsWith("| ") && !line.startsWith("| Files"))
                        .map(line -> line.split("\\|", -1)[1].strip())
                        .toList();
        try (Stream<Path> jars = Files.walk(HOME.resolve("lib"))) {
            List<String> names =
                    jars.map(jar -> String.valueOf(jar.getFileName()))
                            .filter(name -> name.endsWith(".jar"))
                            .toList();
            assertFalse(names.isEmpty());
            assertEquals(
                    List.of(),
                    names.stream()
                            .filter(name -> listed.stream().noneMatch(name::startsWith))
                            .toList());
        }
    }

    @Test
    void everyLibraryIsInTheBillOfMaterials() throws IOException {
        assumeTrue(
                Files.exists(HOME.resolve("share/xenimage.cdx.json")),
                "the program is packed, with a network");
        JsonNode bill =
                new ObjectMapper().readTree(HOME.resolve("share/xenimage.cdx.json").toFile());
        assertEquals("CycloneDX", bill.path("bomFormat").asText());
        Set<String> files = new HashSet<>();
        bill.path("components")
                .forEach(component ->
                        files.add(
                                "%s-%s.jar"
                                        .formatted(
                                                component.path("name").asText(),
                                                component.path("version").asText())));
        JsonNode itself = bill.path("metadata").path("component");
        files.add(
                "%s-%s.jar"
                        .formatted(itself.path("name").asText(), itself.path("version").asText()));
        try (Stream<Path> jars = Files.walk(HOME.resolve("lib"))) {
            assertEquals(
                    List.of(),
                    jars.map(jar -> String.valueOf(jar.getFileName()))
                            .filter(name -> name.endsWith(".jar") && !files.contains(name))
                            .toList());
        }
    }
}
