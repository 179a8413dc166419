package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Every library of the distribution is named with its licence. */
class LicencesTest {
    private static final Path HOME = Shell.program().resolveSibling("..").normalize();

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
}
