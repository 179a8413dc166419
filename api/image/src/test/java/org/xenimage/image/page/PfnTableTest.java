package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.io.HeapBounds;

import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A table of pages, in memory and in a file, against a tree. */
class PfnTableTest {
    /** Small enough that a quarter of a million entries go to a file several times. */
    private static final HeapBounds SMALL = new HeapBounds(16 << 20);

    @ParameterizedTest(name = "{0} entries over 2^{1} PFNs, {2} words")
    @CsvSource({"0, 10, 1", "1, 52, 2", "1000, 6, 1", "300000, 16, 2", "300000, 52, 1"})
    void theLastEntryOfEachPfnCounts(int entries, int bits, int words) throws IOException {
        var random = new Random(entries + bits);
        Map<Long, long[]> model = new TreeMap<>();
        try (var table = new PfnTable(words, SMALL)) {
            for (int i = 0; i < entries; i++) {
                long pfn = random.nextLong() & ((1L << bits) - 1);
                long entry = (long) random.nextInt(16) << 60 | pfn;
                table.put(entry, i, -i);
                model.put(pfn, new long[] {entry, i, words == 2 ? -i : 0});
            }
            table.seal();
            assertEquals(model.size(), table.size());
            long rank = 0;
            for (Map.Entry<Long, long[]> one : model.entrySet()) {
                assertEquals(one.getKey(), table.pfnAt(rank));
                assertEquals(one.getValue()[0], table.entry(rank));
                assertEquals(one.getValue()[1], table.word(rank, 0));
                if (words == 2) assertEquals(one.getValue()[2], table.word(rank, 1));
                if (rank % 997 == 0) {
                    assertEquals(rank, table.rank(one.getKey()));
                    assertEquals(rank + 1, table.rank(one.getKey() + 1));
                }
                rank++;
            }
            assertEquals(table.size(), table.rank(PageBatch.PFN_MASK + 1));
        }
    }

    /** Marks fall before, within and after what goes to a file; what came since the last one is forgotten. */
    @ParameterizedTest(name = "{0} entries, a mark each {1}, the last one after {2}")
    @CsvSource({
        "1000, 10, 990",
        "1000, 2000, 0",
        "300000, 1, 299999",
        "600000, 100000, 300000",
        "600000, 250000, 250000",
        "600000, 70001, 70001",
        "900000, 900001, 0"
    })
    void whatCameAfterTheLastMarkIsForgotten(int entries, int each, int last) throws IOException {
        var random = new Random(entries + each);
        Map<Long, Long> model = new TreeMap<>();
        Map<Long, Long> marked = new TreeMap<>();
        try (var table = new PfnTable(1, SMALL)) {
            for (int i = 0; i < entries; i++) {
                if (i % each == 0 && i <= last && i > 0) {
                    table.mark();
                    marked.putAll(model);
                    model.clear();
                }
                long pfn = random.nextInt(1 << 16);
                table.put(pfn, i, 0);
                model.put(pfn, (long) i);
            }
            table.backToMark();
            table.put(7, -7, 0);
            marked.put(7L, -7L);
            table.seal();
            assertEquals(marked.size(), table.size());
            long rank = 0;
            for (Map.Entry<Long, Long> one : marked.entrySet()) {
                assertEquals(one.getKey(), table.pfnAt(rank));
                assertEquals(one.getValue(), table.word(rank++, 0));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"400000, 1", "400000, -1"})
    void orderDoesNotMatter(int entries, int step) throws IOException {
        try (var table = new PfnTable(1, SMALL)) {
            for (int i = 0; i < entries; i++) table.put(step > 0 ? i : entries - 1L - i, 2L * i, 0);
            table.seal();
            assertEquals(entries, table.size());
            for (int i = 0; i < entries; i++)
                assertEquals(step > 0 ? 2L * i : 2L * (entries - 1 - i), table.word(i, 0));
        }
    }

    /** In memory, and in a file. */
    @ParameterizedTest
    @CsvSource({"1", "400000"})
    void theGreatestPfnsAndWordsAreKept(int others) throws IOException {
        try (var table = new PfnTable(2, SMALL)) {
            for (long pfn : new long[] {PageBatch.PFN_MASK, 1L << 32, (1L << 31) - 1, 1L << 31})
                table.put(0xfL << 60 | pfn, Long.MAX_VALUE, Long.MIN_VALUE);
            for (int i = 0; i < others; i++) table.put(i, i, i);
            table.seal();
            assertEquals(others + 4L, table.size());
            assertEquals(PageBatch.PFN_MASK, table.pfnAt(others + 3L));
            assertEquals(1L << 32, table.pfnAt(others + 2L));
            assertEquals(others, table.rank((1L << 31) - 1));
            assertEquals(Long.MAX_VALUE, table.word(others + 3L, 0));
            assertEquals(Long.MIN_VALUE, table.word(others + 3L, 1));
            assertEquals(table.size(), table.rank(Long.MAX_VALUE));
        }
    }
}
