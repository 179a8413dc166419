package org.xenimage.formats.salvage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;
import org.xenimage.tools.salvage.Salvage;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A checkpointed stream that was cut within a round gives the state of one checkpoint, never a mixture. */
class CheckpointSalvageTest {
    private static final int PAGES = 8;

    @TempDir private Path folder;

    /** Sends all pages with one value. */
    private static StreamBuilder round(StreamBuilder streams, int value) {
        for (int pfn = 0; pfn < PAGES; pfn += 2) {
            ByteBuffer body = ByteBuffer.allocate(8 + 16 + 2 * 4096).order(ByteOrder.LITTLE_ENDIAN);
            body.putInt(2).putInt(0).putLong(pfn).putLong(pfn + 1);
            Arrays.fill(body.array(), 24, body.capacity(), (byte) value);
            streams.record("PAGE_DATA " + value, 0x01, body.array());
        }
        return streams;
    }

    private static BuiltStream stream(Outermost outermost) {
        StreamBuilder all = round(StreamBuilder.pv().from(outermost), 1).checkpoint();
        all = round(all, 2).checkpoint();
        return round(all, 3).checkpoint().unfinished();
    }

    /** The values of the pages that a native image made of a file has. */
    private Map<Long, Byte> salvaged(byte[] bytes) throws IOException {
        Path damaged = Files.write(folder.resolve("damaged"), bytes);
        Path made = folder.resolve("made");
        Files.deleteIfExists(made);
        Images images = Images.load();
        Salvage salvage =
                Salvage.survey(
                        images,
                        () -> ChannelSource.open(damaged),
                        Optional.empty(),
                        ReadOptions.DEFAULT);
        try (ChannelSink sink = ChannelSink.create(made)) {
            ImageFormat format =
                    images.formats().stream()
                            .filter(one -> one.name().equals("native"))
                            .findFirst()
                            .orElseThrow();
            salvage.write(format, sink, WriteOptions.DEFAULT);
        }
        Map<Long, Byte> found = new TreeMap<>();
        try (ImageReader reader = images.open(ChannelSource.open(made))) {
            reader.drainTo(element -> {
                if (!(element instanceof PageBatch batch)) return;
                for (int i = 0; i < batch.count(); i++)
                    found.put(
                            batch.pfn(i), batch.data().get(ValueLayout.JAVA_BYTE, 4096L * i + 99));
            });
        }
        return found;
    }

    @ParameterizedTest
    @EnumSource
    void aCutWithinARoundGivesTheCheckpointBefore(Outermost outermost) throws IOException {
        BuiltStream complete = stream(outermost);
        byte[] bytes = complete.bytes();
        int first = end(complete, 0);
        int second = end(complete, 1);
        int third = end(complete, 2);
        for (int at = first; at < bytes.length; at += 1733) {
            byte expected = (byte) (at < second ? 1 : at < third ? 2 : 3);
            Map<Long, Byte> pages = salvaged(Arrays.copyOf(bytes, at));
            assertEquals(PAGES, pages.size());
            int cut = at;
            pages.forEach((pfn, value) ->
                    assertEquals(expected, value, "pfn " + pfn + ", cut at " + cut));
        }
    }

    /** The end of a CHECKPOINT record. */
    private static int end(BuiltStream stream, int number) {
        int seen = 0;
        int offset = 0;
        for (var part : stream.parts()) {
            offset += part.bytes().length;
            if (part.label().equals("record CHECKPOINT") && seen++ == number) return offset;
        }
        throw new AssertionError("no checkpoint " + number);
    }

    @Test
    void aWholeStreamGivesItsLastCheckpoint() throws IOException {
        byte[] bytes = stream(Outermost.XL).bytes();
        Map<Long, Byte> pages = salvaged(bytes);
        assertFalse(pages.isEmpty());
        pages.forEach((pfn, value) -> assertEquals((byte) 3, value, "pfn " + pfn));
    }
}
