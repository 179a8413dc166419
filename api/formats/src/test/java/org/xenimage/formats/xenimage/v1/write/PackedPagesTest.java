package org.xenimage.formats.xenimage.v1.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.image.fault.Fault;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/** Compressed pages are what was last written to them, whatever the order, while they are filled and after. */
class PackedPagesTest {
    private static final int PAGES = 13 * Native.PAGES_PER_PIECE + 77;

    @Test
    void anyOrderOfWritesAndReadsEqualsAnArray() throws IOException {
        for (long seed = 1; seed <= 4; seed++) {
            var random = new Random(seed);
            byte[] model = new byte[PAGES * Native.PAGE];
            try (var pages = new PackedPages(new Chunk.WriteChoice(true, 1, Optional.empty()))) {
                int top = 0;
                while (top < PAGES) {
                    boolean forwards = random.nextInt(4) > 0 || top == 0;
                    int number = forwards ? top + random.nextInt(300) : random.nextInt(top);
                    int count = Math.min(1 + random.nextInt(400), PAGES - number);
                    if (count <= 0) break;
                    top = Math.max(top, number + count);
                    if (random.nextInt(5) > 0) write(pages, random, model, number, count);
                    else assertSame(model, pages, number, count);
                }
                write(pages, random, model, PAGES - 1, 1);
                pages.finish(PAGES);
                assertSame(model, pages, 0, PAGES);
                assertArrayEquals(model, chunks(pages));
            }
        }
    }

    @Test
    void ofPagesInOrderEachPieceIsCompressedOnce() throws IOException {
        try (var pages = new PackedPages(new Chunk.WriteChoice(true, 1, Optional.empty()))) {
            MemorySegment page = MemorySegment.ofArray(new byte[Native.PAGE]);
            for (int number = 0; number < PAGES; number++) {
                page.fill((byte) number);
                pages.write(number, page);
            }
            pages.finish(PAGES);
            long[] end = {0};
            pages.chunks(
                    PAGES,
                    (_, offset, length) -> {
                        assertEquals(end[0], offset, "nothing lies between the chunks");
                        end[0] = offset + length;
                    });
        }
    }

    @Test
    void aGuestWithoutPagesHasNoChunks() throws IOException {
        try (var pages = new PackedPages(new Chunk.WriteChoice(true, 1, Optional.empty()))) {
            pages.finish(0);
            assertEquals(0, chunks(pages, 0).length);
        }
    }

    private static void write(PackedPages pages, Random random, byte[] model, int number, int count)
            throws IOException {
        byte[] bytes = new byte[count * Native.PAGE];
        for (int i = 0; i < count; i++) {
            if (random.nextInt(3) == 0) continue;
            Arrays.fill(bytes, i * Native.PAGE, (i + 1) * Native.PAGE, (byte) random.nextInt());
        }
        pages.write(number, MemorySegment.ofArray(bytes));
        System.arraycopy(bytes, 0, model, number * Native.PAGE, bytes.length);
    }

    private static void assertSame(byte[] model, PackedPages pages, int number, int count)
            throws IOException {
        MemorySegment found = Arena.ofAuto().allocate((long) count * Native.PAGE);
        pages.read(number, found);
        assertArrayEquals(
                Arrays.copyOfRange(model, number * Native.PAGE, (number + count) * Native.PAGE),
                found.toArray(ValueLayout.JAVA_BYTE));
    }

    private static byte[] chunks(PackedPages pages) throws IOException {
        return chunks(pages, PAGES);
    }

    /** What is in the chunks. */
    private static byte[] chunks(PackedPages pages, int count) throws IOException {
        byte[] all = new byte[count * Native.PAGE];
        int[] at = {0};
        pages.chunks(
                count,
                (from, offset, length) -> {
                    MemorySegment bytes = Arena.ofAuto().allocate(length, 8);
                    from.read(offset, bytes);
                    Fault place = Fault.in("chunks").at(offset);
                    Chunk chunk = Chunk.decode(bytes, place);
                    assertEquals(at[0], chunk.position());
                    MemorySegment content = Arena.ofAuto().allocate(Native.PIECE);
                    chunk.content(
                            bytes,
                            content,
                            new Chunk.Origin(Native.PAGES_COMPRESSED, Optional.empty()),
                            place);
                    MemorySegment.copy(
                            content, 0, MemorySegment.ofArray(all), at[0], chunk.length());
                    at[0] += chunk.length();
                });
        assertEquals(all.length, at[0]);
        return all;
    }
}
