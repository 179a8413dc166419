package org.xenimage.image.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What is written while the caller continues is in the file, in order, or its failure is thrown.
 */
class WriteBehindTest {
    private static final int ELEMENT = 1 << 20;

    @TempDir private Path folder;

    @Test
    void elementsReadPassedOverAndEditedComeOutInOrder() throws IOException {
        byte[] bytes = new byte[24 * ELEMENT];
        new Random(11).nextBytes(bytes);
        Path from = Files.write(folder.resolve("from"), bytes);
        Path to = folder.resolve("to");
        var expected = new ByteArrayOutputStream();
        try (var source = ChannelSource.open(from);
                var sink = ChannelSink.create(to)) {
            var buffer = new ElementBuffer(source);
            for (int i = 0; i < 24; i++) {
                byte[] element = new byte[ELEMENT];
                System.arraycopy(bytes, i * ELEMENT, element, 0, ELEMENT);
                ByteRun run = buffer.element(buffer.header(8), ELEMENT, "element " + i);
                if (i % 3 != 0) run.all(); // the others are moved by the kernel
                if (i % 3 == 2) {
                    run.all().set(ValueLayout.JAVA_BYTE, 100, (byte) i);
                    element[100] = (byte) i;
                }
                if (i % 5 != 4) {
                    run.writeTo(sink);
                    expected.write(element);
                }
                assertEquals(expected.size(), sink.position());
            }
        }
        assertArrayEquals(expected.toByteArray(), Files.readAllBytes(to));
    }

    @Test
    void anElementPassedOnTwiceComesOutTwice() throws IOException {
        byte[] bytes = new byte[ELEMENT];
        new Random(12).nextBytes(bytes);
        Path from = Files.write(folder.resolve("from"), bytes);
        Path to = folder.resolve("to");
        try (var source = ChannelSource.open(from);
                var sink = ChannelSink.create(to)) {
            var buffer = new ElementBuffer(source);
            ByteRun run = buffer.element(buffer.header(8), ELEMENT, "element");
            run.all();
            run.writeTo(sink);
            run.writeTo(sink);
        }
        assertArrayEquals(bytes, Arrays.copyOf(Files.readAllBytes(to), ELEMENT));
        assertEquals(2 * ELEMENT, Files.size(to));
    }

    @Test
    void aFailureIsThrownByWhateverComesNext() throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(new byte[ELEMENT]);
        List<Step> steps =
                List.of(
                        sink -> sink.write(bytes),
                        ChannelSink::force,
                        ChannelSink::fileForTransfer,
                        ChannelSink::close);
        for (int i = 0; i < steps.size(); i++) {
            var sink = ChannelSink.create(folder.resolve("to" + i));
            sink.file().orElseThrow().close(); // every write fails from now on
            sink.writeBehind(bytes).await();
            Step step = steps.get(i);
            assertThrows(IOException.class, () -> step.run(sink), "step " + i);
        }
    }

    /** Something that is done with a sink. */
    private interface Step {
        void run(ChannelSink sink) throws IOException;
    }

    @Test
    void nothingIsWrittenAfterAFailure() {
        List<Integer> written = new ArrayList<>();
        try (var behind = new WriteBehind()) {
            for (int i = 0; i < 4; i++) {
                int number = i;
                behind.submit(
                        MemorySegment.NULL,
                        _ -> {
                            if (number == 1) throw new IOException("full");
                            written.add(number);
                        });
            }
            IOException thrown = assertThrows(IOException.class, behind::drain);
            assertEquals("full", thrown.getMessage());
            assertThrows(IOException.class, behind::drain);
        }
        assertEquals(List.of(0), written);
    }
}
