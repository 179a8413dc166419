package org.xenimage.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenimage.migrate.RelayState;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The documents agree with the files and the code that they refer to. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|#)([^)#\\s]+)");

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
    void diagramOfTheRelayHasItsStates() throws IOException {
        String map = Files.readString(ROOT.resolve("api/ARCHITECTURE.md"));
        String diagram = map.substring(map.indexOf("stateDiagram-v2"));
        Matcher state =
                Pattern.compile("\\b[A-Z]\\w+(?= -->)|(?<=--> )[A-Z]\\w+")
                        .matcher(diagram.substring(0, diagram.indexOf("```")));
        Set<String> drawn = new TreeSet<>();
        while (state.find()) drawn.add(state.group());
        Set<String> states = new TreeSet<>();
        for (Class<?> known : RelayState.class.getPermittedSubclasses())
            states.add(known.getSimpleName());
        assertEquals(states, drawn);
    }

    private static List<Path> documents() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file ->
                            file.toString().endsWith(".md")
                                    && !ROOT.relativize(file).toString().contains("target/")
                                    && !ROOT.relativize(file).toString().startsWith("."))
                    .toList();
        }
    }
}
