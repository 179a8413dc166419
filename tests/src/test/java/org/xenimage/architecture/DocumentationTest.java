package org.xenimage.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documents lead where they say, and the index of decisions has each of them once. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|#)([^)#\\s]+)");
    private static final Pattern DECISION = Pattern.compile("(\\d{4})-[a-z0-9-]+\\.md");

    @Test
    void everyLinkLeadsToAFile() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                if (!Files.exists(document.resolveSibling(link.group(1))))
                    broken.add(ROOT.relativize(document) + ": " + link.group(1));
            }
        }
        assertEquals(List.of(), broken);
    }

    @Test
    void theIndexOfDecisionsHasEachOnceAndInOrder() throws IOException {
        Path map = ROOT.resolve("api/ARCHITECTURE.md");
        List<String> listed = new ArrayList<>();
        Matcher link = LINK.matcher(Files.readString(map));
        while (link.find()) {
            Path target = map.resolveSibling(link.group(1)).normalize();
            if (isDecision(target)) listed.add(ROOT.relativize(target).toString());
        }
        List<String> found = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        for (String path : listed) {
            Matcher number = DECISION.matcher(Path.of(path).getFileName().toString());
            if (number.matches()) numbers.add(Integer.valueOf(number.group(1)));
        }
        for (Path document : documents())
            if (isDecision(document)) found.add(ROOT.relativize(document).toString());
        assertFalse(found.isEmpty());
        assertEquals(found.stream().sorted().toList(), listed.stream().sorted().toList());
        assertEquals(
                Stream.iterate(1, number -> number + 1).limit(listed.size()).toList(), numbers);
    }

    private static boolean isDecision(Path document) {
        return document.toString().contains("/docs/adr/");
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(
                            file ->
                                    file.toString().endsWith(".md")
                                            && !ROOT.relativize(file).toString().contains("target/")
                                            && !ROOT.relativize(file).toString().startsWith("."))
                    .toList();
        }
    }
}
