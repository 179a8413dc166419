package org.xenimage.formats.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.element.PageBatch;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** The store holds of each PFN the last content, whatever the order, under sums that fit. */
class PageStoreTest {
    @TempDir Path folder;

    @Test
    void randomOrderEqualsAMap() throws IOException {
        for (long seed = 1; seed <= 8; seed++) {
            var random = new Random(seed);
            var model = new TreeMap<Long, byte[]>();
            Path path = folder.resolve("pages" + seed);
            try (FileChannel file =
                            FileChannel.open(
                                    path,
                                    StandardOpenOption.CREATE_NEW,
                                    StandardOpenOption.READ,
                                    StandardOpenOption.WRITE);
                    var store = new PageStore(PageSpace.within(file, 8192))) {
                for (int batch = 0; batch < 30; batch++) store.accept(batch(random, model));
                store.finish();
                assertEquals(model.size(), store.runs().pages());
                long number = 0;
                var piece = new CRC32C();
                for (var page : model.entrySet()) {
                    assertEquals(number, store.runs().find(page.getKey()));
                    MemorySegment found = Arena.ofAuto().allocate(4096);
                    store.read(number, found);
                    assertArrayEquals(page.getValue(), found.toArray(ValueLayout.JAVA_BYTE));
                    piece.update(page.getValue());
                    number++;
                    if (number % PageStore.PIECE_PAGES == 0 || number == model.size()) {
                        assertEquals(
                                (int) piece.getValue(),
                                store.crc((int) ((number - 1) / PageStore.PIECE_PAGES)));
                        piece.reset();
                    }
                }
            }
        }
    }

    private static PageBatch batch(Random random, Map<Long, byte[]> model) {
        int count = 1 + random.nextInt(60);
        long[] entries = new long[count];
        MemorySegment data = MemorySegment.ofArray(new byte[4096 * count]);
        for (int i = 0; i < count; i++) {
            entries[i] = random.nextInt(1500);
            byte[] page = new byte[4096];
            if (random.nextInt(3) > 0) random.nextBytes(page);
            MemorySegment.copy(MemorySegment.ofArray(page), 0, data, 4096L * i, 4096);
            model.put(entries[i], page);
        }
        return PageBatch.of(ByteOrder.LITTLE_ENDIAN, entries, data);
    }
}
