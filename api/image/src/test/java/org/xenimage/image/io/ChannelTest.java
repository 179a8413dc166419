package org.xenimage.image.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.tests.testkit.Trickle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** Bytes come out as they went in, whatever moves them and in however small steps. */
class ChannelTest {
    private static final byte[] BYTES = new byte[3 * ChannelSource.STEP + 17];

    static {
        new Random(7).nextBytes(BYTES);
    }

    @TempDir private Path folder;

    @Test
    void peekReadSkipAndMoveConsumeEachByteOnce() throws IOException {
        var random = new Random(8);
        for (int i = 0; i < 100; i++)
            consume(
                    random.nextInt(65),
                    random.nextInt(101),
                    random.nextInt(101),
                    1 + random.nextInt(9));
        consume(0, 0, 0, 1);
        consume(64, 100, 100, 9);
    }

    private static void consume(int peek, int read, int skip, int step) throws IOException {
        byte[] bytes = Arrays.copyOf(BYTES, 400);
        var moved = new ByteArrayOutputStream();
        var source = ChannelSource.over("pipe", Trickle.of(bytes, step));
        assertArrayEquals(
                Arrays.copyOf(bytes, peek), source.peek(peek).toArray(ValueLayout.JAVA_BYTE));
        MemorySegment into = MemorySegment.ofArray(new byte[read]);
        assertEquals(read, source.read(into));
        assertArrayEquals(Arrays.copyOf(bytes, read), into.toArray(ValueLayout.JAVA_BYTE));
        assertEquals(skip, source.skip(skip));
        assertEquals(read + skip, source.position());
        long left = 400L - read - skip;
        assertEquals(
                left, source.moveTo(ChannelSink.over("copy", Channels.newChannel(moved)), 1000));
        assertArrayEquals(Arrays.copyOfRange(bytes, read + skip, 400), moved.toByteArray());
        assertEquals(0, source.readSome(MemorySegment.ofArray(new byte[1])));
        assertEquals(0, source.skip(1));
    }

    @Test
    void aFileIsCopiedByTheKernelAfterAPeek() throws IOException {
        Path from = Files.write(folder.resolve("from"), BYTES);
        Path to = folder.resolve("to");
        try (var source = ChannelSource.open(from);
                var sink = ChannelSink.create(to)) {
            source.peek(64);
            assertEquals(BYTES.length, source.size().orElseThrow());
            assertEquals(10, source.moveTo(sink, 10));
            assertEquals(1000, source.skip(1000));
            assertEquals(BYTES.length - 1010, source.moveTo(sink, Long.MAX_VALUE));
            assertEquals(BYTES.length - 1000, sink.position());
            assertEquals(BYTES.length, source.position());
            sink.force();
        }
        byte[] copy = Files.readAllBytes(to);
        assertArrayEquals(Arrays.copyOf(BYTES, 10), Arrays.copyOf(copy, 10));
        assertArrayEquals(
                Arrays.copyOfRange(BYTES, 1010, BYTES.length),
                Arrays.copyOfRange(copy, 10, copy.length));
    }

    @Test
    void aFileIsReadOnAfterBytesWereMovedByTheKernel() throws IOException {
        Path from = Files.write(folder.resolve("from"), BYTES);
        try (var source = ChannelSource.open(from);
                var sink = ChannelSink.create(folder.resolve("to"))) {
            source.moveTo(sink, 100);
            MemorySegment next = MemorySegment.ofArray(new byte[50]);
            source.read(next);
            assertArrayEquals(
                    Arrays.copyOfRange(BYTES, 100, 150), next.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void peekComesBeforeReading() throws IOException {
        var source = ChannelSource.over("pipe", Trickle.of(BYTES, 100));
        source.skip(1);
        assertThrows(IllegalStateException.class, () -> source.peek(1));
    }

    @Test
    void aFileThatIsThereIsNotOverwritten() throws IOException {
        Path there = Files.createFile(folder.resolve("there"));
        assertThrows(FileAlreadyExistsException.class, () -> ChannelSink.create(there));
    }

    @Test
    void severalSegmentsGoToAFileInOrder() throws IOException {
        Path to = folder.resolve("to");
        try (var sink = ChannelSink.create(to)) {
            sink.write(
                    MemorySegment.ofArray(BYTES), MemorySegment.NULL, MemorySegment.ofArray(BYTES));
            assertEquals(2L * BYTES.length, sink.position());
        }
        byte[] twice = Arrays.copyOf(BYTES, 2 * BYTES.length);
        System.arraycopy(BYTES, 0, twice, BYTES.length, BYTES.length);
        assertArrayEquals(twice, Files.readAllBytes(to));
    }

    @Test
    void allBytesAreWrittenByAChannelThatTakesFewAtATime() throws IOException {
        var written = new ByteArrayOutputStream();
        var sink = ChannelSink.over("slow", new Slow(written));
        sink.write(
                MemorySegment.ofArray(new byte[] {1, 2, 3, 4}),
                MemorySegment.NULL,
                MemorySegment.ofArray(new byte[] {5}));
        assertArrayEquals(new byte[] {1, 2, 3, 4, 5}, written.toByteArray());
        assertEquals(5, sink.position());
    }

    @Test
    void aFullDiskIsToldAndTheSourceStays() throws IOException, InterruptedException {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=1m", "xenimage", disk.toString()) == 0,
                "needs root");
        try {
            Path from = Files.write(folder.resolve("from"), BYTES);
            try (var source = ChannelSource.open(from);
                    var sink = ChannelSink.create(disk.resolve("to"))) {
                assertThrows(IOException.class, () -> source.moveTo(sink, BYTES.length));
                assertThrows(IOException.class, () -> sink.write(MemorySegment.ofArray(BYTES)));
                assertTrue(sink.position() <= 1 << 20, () -> sink.position() + " bytes written");
            }
            assertArrayEquals(BYTES, Files.readAllBytes(from));
        } finally {
            run("umount", disk.toString());
        }
    }

    @Test
    void anElementIsReadAsFarAsSomebodyLooksAndTheRestIsPassedOver() throws IOException {
        var source = ChannelSource.over("pipe", Trickle.of(BYTES, 1000));
        var buffer = new ElementBuffer(source);
        ByteRun first = buffer.element(buffer.header(8), 200_000, "first");
        assertArrayEquals(
                Arrays.copyOf(BYTES, 100), first.first(100).toArray(ValueLayout.JAVA_BYTE));
        assertEquals(100, source.position());
        assertArrayEquals(
                Arrays.copyOf(BYTES, 150_000), first.first(150_000).toArray(ValueLayout.JAVA_BYTE));
        ByteRun second = buffer.element(buffer.header(8), 50, "second");
        assertEquals(200_008, source.position());
        assertThrows(IllegalStateException.class, () -> first.first(1));
        assertThrows(IndexOutOfBoundsException.class, () -> second.first(51));
        var copy = new ByteArrayOutputStream();
        second.writeTo(ChannelSink.over("copy", Channels.newChannel(copy)));
        assertArrayEquals(Arrays.copyOfRange(BYTES, 200_000, 200_050), copy.toByteArray());
        assertThrows(IllegalStateException.class, second::all, "its bytes were passed on");
    }

    @Test
    void anElementThatIsNotWholeIsTruncatedWhereItBegins() throws IOException {
        var buffer =
                new ElementBuffer(
                        ChannelSource.over("pipe", Trickle.of(Arrays.copyOf(BYTES, 20), 3)));
        buffer.element(buffer.header(4), 4, "first");
        ByteRun second = buffer.element(buffer.header(4), 100, "second");
        var fault = assertThrows(TruncatedImage.class, second::all).fault();
        assertEquals(4, fault.offset());
        assertEquals("second", fault.element());
        assertEquals("16 before the end of the source", fault.found());
        assertThrows(TruncatedImage.class, () -> buffer.header(4));
    }

    @Test
    void aHeaderBehindAnElementNobodyReadIsTruncatedWhereItBegins() throws IOException {
        var buffer =
                new ElementBuffer(
                        ChannelSource.over("pipe", Trickle.of(Arrays.copyOf(BYTES, 20), 3)));
        buffer.element(buffer.header(4), 16, "first");
        var fault =
                assertThrows(TruncatedImage.class, () -> buffer.wholeHeader(8, "second")).fault();
        assertEquals(16, fault.offset());
    }

    private static int run(String... command) throws IOException, InterruptedException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            return -1; // no such program
        }
    }

    /** Takes one byte at a time. */
    private record Slow(ByteArrayOutputStream written) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer from) {
            if (!from.hasRemaining()) return 0;
            written.write(from.get());
            return 1;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
