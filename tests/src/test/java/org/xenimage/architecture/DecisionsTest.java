package org.xenimage.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Every decision record has a number of its own within its module, and is in the index of the map. */
class DecisionsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @Test
    void everyDecisionIsNumberedAndInTheIndex() throws IOException {
        Path map = ROOT.resolve("api/ARCHITECTURE.md");
        String index = Files.readString(map);
        List<Path> records = records();
        assertFalse(records.isEmpty(), "no decision records were found");
        Set<Path> numbers = new HashSet<>();
        for (Path record : records) {
            String file = String.valueOf(record.getFileName());
            String number = file.substring(0, 4);
            String title = Files.readAllLines(record).getFirst();
            assertTrue(
                    title.startsWith("# " + Integer.parseInt(number) + ". "),
                    () -> record + ": the title's number is not the file's: " + title);
            assertTrue(
                    numbers.add(record.resolveSibling(number)),
                    () -> record + ": its module has another decision of this number");
            Path link = ROOT.resolve("api").relativize(record);
            assertTrue(
                    index.contains("](" + link + ")"),
                    () -> map + " does not link " + link + " in its table of decisions");
        }
        long rows = index.lines().filter(line -> line.contains("docs/adr/")).count();
        assertEquals(records.size(), rows, "rows of the table, and decision records");
    }

    private static List<Path> records() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().matches(".*/docs/adr/\\d{4}-[^/]+\\.md"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .sorted()
                    .toList();
        }
    }
}
