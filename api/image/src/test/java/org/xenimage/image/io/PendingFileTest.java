package org.xenimage.image.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class PendingFileTest {
    @TempDir private Path folder;

    private static void write(PendingFile file, String text) throws IOException {
        file.sink().write(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
    }

    private List<String> files() throws IOException {
        try (var all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFileAppearsWholeOrNotAtAll() throws IOException {
        Path place = folder.resolve("out");
        try (PendingFile file = PendingFile.create(place, false)) {
            write(file, "half");
            assertFalse(Files.exists(place));
        }
        assertEquals(List.of(), files());
        try (PendingFile file = PendingFile.create(place, false)) {
            write(file, "whole");
            file.deliver();
        }
        assertEquals("whole", Files.readString(place));
        assertEquals(List.of("out"), files());
    }

    @Test
    void ofSeveralWritersExactlyOneWinsAndEveryOtherIsTold() throws Exception {
        int writers = 8;
        for (int round = 0; round < 20; round++) {
            Path place = folder.resolve("out-" + round);
            var together = new CyclicBarrier(writers);
            List<Future<Boolean>> all = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
                for (int writer = 0; writer < writers; writer++) {
                    int number = writer;
                    Callable<Boolean> one =
                            () -> {
                                try (PendingFile file = PendingFile.create(place, false)) {
                                    write(file, "writer " + number);
                                    together.await();
                                    file.deliver();
                                    return true;
                                } catch (FileAlreadyExistsException e) {
                                    assertEquals(place.toString(), e.getFile());
                                    return false;
                                }
                            };
                    all.add(threads.submit(one));
                }
            }
            int winner = -1;
            for (int writer = 0; writer < writers; writer++) {
                if (!all.get(writer).get()) continue;
                assertEquals(-1, winner, "two writers won");
                winner = writer;
            }
            assertEquals("writer " + winner, Files.readString(place));
        }
        assertEquals(20, files().size());
    }

    @Test
    void aFileIsReplacedOnlyWhenThatIsAllowed() throws IOException {
        Path place = Files.writeString(folder.resolve("out"), "before");
        var thrown =
                assertThrows(
                        FileAlreadyExistsException.class, () -> PendingFile.create(place, false));
        assertEquals(place.toString(), thrown.getFile());
        try (PendingFile file = PendingFile.create(place, true)) {
            write(file, "after");
            assertEquals("before", Files.readString(place));
            file.deliver();
        }
        assertEquals("after", Files.readString(place));
    }

    @Test
    void aNameMayBeAsLongAsTheFileSystemAllows() throws IOException {
        for (int length = 230; length <= 255; length += 5) {
            Path place = folder.resolve("n".repeat(length));
            try (PendingFile file = PendingFile.create(place, false)) {
                write(file, "x");
                file.deliver();
            }
            assertEquals("x", Files.readString(place));
        }
    }

    @Test
    void aMessageNamesThePlaceAndNotTheOtherName() {
        Path place = folder.resolve("no-folder").resolve("out");
        var thrown = assertThrows(IOException.class, () -> PendingFile.create(place, false));
        assertFalse(String.valueOf(thrown.getMessage()).contains(".xenimage"), thrown::toString);
        assertTrue(String.valueOf(thrown.getMessage()).contains("no-folder"), thrown::toString);
    }
}
