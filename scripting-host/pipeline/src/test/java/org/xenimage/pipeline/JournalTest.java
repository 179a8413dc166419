package org.xenimage.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.pipeline.Journal.Delivery;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

class JournalTest {
    @TempDir private Path folder;
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("journal");
        try (Journal journal = Journal.open(file, 0)) {
            journal.begin(new TreeMap<>(java.util.Map.of("--to", "native")), "then");
            journal.deliver(delivery("a", 1));
            journal.deliver(delivery("new\nline ü", 2));
        }
    }

    private static Delivery delivery(String name, int number) {
        return new Delivery(name, Integer.toString(number), 10, "today", "aa", 20, "bb", number);
    }

    private Journal.Past past() throws IOException {
        return Journal.read(file).orElseThrow();
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        assertEquals(java.util.Map.of("--to", "native"), past().options());
        assertEquals("then", past().time());
        assertEquals(
                List.of(delivery("a", 1), delivery("new\nline ü", 2)),
                List.copyOf(past().deliveries().values()));
    }

    @Test
    void ofTwoLinesAboutAnImageTheLastCounts() throws IOException {
        try (Journal journal = Journal.open(file, past().length())) {
            journal.deliver(delivery("a", 3));
        }
        assertEquals(delivery("a", 3), past().deliveries().get("a"));
    }

    @Test
    void aLastLineThatIsNotWholeCountsAsNotWritten() throws IOException {
        byte[] complete = Files.readAllBytes(file);
        String text = new String(complete, StandardCharsets.UTF_8);
        int second =
                text.substring(0, text.indexOf('\n') + 1).getBytes(StandardCharsets.UTF_8).length;
        int third =
                text.substring(0, text.indexOf('\n', second) + 1)
                        .getBytes(StandardCharsets.UTF_8)
                        .length;
        for (int length = 0; length < complete.length; length++) {
            Files.write(file, Arrays.copyOf(complete, length));
            Optional<Journal.Past> past = Journal.read(file);
            int expected = length < second ? 0 : length < third ? second : third;
            assertEquals(expected, past.map(Journal.Past::length).orElse(0L), "cut at " + length);
            try (Journal journal = Journal.open(file, expected)) {
                journal.deliver(delivery("after", 9));
            }
            if (expected > 0) assertTrue(past().deliveries().containsKey("after"));
        }
    }

    @Test
    void anyOtherBadLineIsRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 0; bytes[at] != '\n'; at++) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 1;
            Files.write(file, damaged);
            BulkRefused refused = assertThrows(BulkRefused.class, () -> Journal.read(file));
            assertTrue(Trees.message(refused).contains("line 1"), Trees.message(refused));
        }
    }
}
