package org.xenimage.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/** A stream cut at any byte is reported as truncated, and where; after a complete checkpoint, as a lost sender. */
class TruncationTest {
    private static final long XTAB = 0xfL << 60;

    static final List<BuiltStream> CUT_FILES =
            List.of(
                    StreamBuilder.hvm().memory(0).wholeThen(StreamBuilder.GO_AHEAD),
                    StreamBuilder.hvm().pages(XTAB).checkpoint().pages(XTAB).complete());

    static final List<BuiltStream> CUT_PIPES =
            List.of(
                    StreamBuilder.pv().memory(0).complete(),
                    StreamBuilder.pv().from(Outermost.LIBXC).version(2).pages(XTAB | 1).complete(),
                    StreamBuilder.hvm().from(Outermost.LIBVIRT).pages(XTAB).complete(),
                    StreamBuilder.hvm().from(Outermost.XENOPSD).pages(XTAB).complete(),
                    StreamBuilder.hvm().memory(0).wholeThen(StreamBuilder.GO_AHEAD),
                    StreamBuilder.hvm().pages(XTAB).checkpoint().memory(1).checkpoint().complete(),
                    StreamBuilder.hvm().from(Outermost.LIBXL).bigEndian().pages(XTAB).complete(),
                    StreamBuilder.hvm()
                            .pages(XTAB)
                            .checkpoint()
                            .checkpointState(0)
                            .pages(XTAB | 1)
                            .complete());

    @TempDir private Path folder;

    @ParameterizedTest
    @FieldSource("CUT_PIPES")
    void aPipeThatEndsAtAnyByteIsToldAsSuch(BuiltStream stream) throws IOException {
        byte[] bytes = stream.bytes();
        for (int cut = 0; cut < bytes.length; cut++) {
            byte[] left = Arrays.copyOf(bytes, cut);
            check(stream, left, "pipe", () -> Transcript.ofPipe(left, 4096));
        }
    }

    @ParameterizedTest
    @FieldSource("CUT_FILES")
    void aFileThatEndsAtAnyByteIsToldAsSuch(BuiltStream stream) throws IOException {
        byte[] bytes = stream.bytes();
        Path file = Files.write(folder.resolve("cut.save"), bytes);
        try (FileChannel shorter = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int cut = bytes.length - 1; cut >= 0; cut--) {
                shorter.truncate(cut);
                check(
                        stream,
                        Arrays.copyOf(bytes, cut),
                        file.toString(),
                        () -> Transcript.of(ChannelSource.open(file)));
            }
        }
    }

    @Test
    void aRemusStreamMayEndBetweenRecordsInAHeaderOrInAPage() throws IOException {
        BuiltStream stream = StreamBuilder.pv().memory(0).checkpoint().memory(1, 2).unfinished();
        int pages = stream.offset(stream.lastIndex("record PAGE_DATA"));
        for (int cut : new int[] {pages, pages + 3, pages + 8, pages + 5000}) {
            Transcript read = Transcript.ofPipe(Arrays.copyOf(stream.bytes(), cut), 1000);
            assertEquals(new Transcript.Line("sender gone", pages), read.lines().getLast());
            assertEquals(cut, read.copy().bytes().length);
        }
    }

    @Test
    void beforeTheFirstWholeCheckpointTheSenderMustNotGo() {
        BuiltStream stream = StreamBuilder.pv().memory(0).checkpoint().unfinished();
        int end = stream.offset(stream.index("record libxl CHECKPOINT_END"));
        assertThrows(
                TruncatedImage.class,
                () -> Transcript.ofPipe(Arrays.copyOf(stream.bytes(), end), 100));
    }

    @Test
    void anEmptySourceIsTruncated() {
        Fault fault =
                assertThrows(TruncatedImage.class, () -> Transcript.ofPipe(new byte[0], 1)).fault();
        assertEquals(
                "pipe: image at 0x0 is empty: expected an image (dump-core, libvirt, libxc, libxl, native,"
                        + " native-stream, xenopsd, xl);"
                        + " check that the domain was saved and transferred completely",
                fault.message());
    }

    private interface Read {
        Transcript run() throws IOException;
    }

    private static void check(BuiltStream stream, byte[] left, String source, Read read)
            throws IOException {
        int cut = left.length;
        if (cut >= endOf(stream, "bytes after the stream")) {
            assertTrue(read.run().tells("end of the stream"));
        } else if (cut >= endOfFirstCheckpoint(stream)) {
            Transcript transcript = read.run();
            assertTrue(transcript.tells("sender gone"), () -> "cut at 0x%x".formatted(cut));
            assertArrayEquals(left, transcript.copy().bytes());
        } else {
            Fault fault =
                    assertThrows(
                                    TruncatedImage.class,
                                    read::run,
                                    () -> "cut at 0x%x".formatted(cut))
                            .fault();
            assertEquals(source, fault.source());
            assertTrue(fault.offset() >= 0 && fault.offset() <= cut, fault::message);
            assertFalse(fault.element().isEmpty(), fault::message);
            assertFalse(fault.remedy().isEmpty(), fault::message);
            assertEquals(1, fault.message().lines().count());
        }
    }

    private static int endOf(BuiltStream stream, String trailing) {
        boolean follows = stream.parts().getLast().label().equals(trailing);
        return follows ? stream.offset(stream.index(trailing)) : stream.bytes().length;
    }

    private static int endOfFirstCheckpoint(BuiltStream stream) {
        String last = "record libxl CHECKPOINT_END";
        if (stream.parts().stream().noneMatch(part -> part.label().equals(last)))
            return stream.bytes().length;
        return stream.offset(stream.index(last) + 1);
    }
}
