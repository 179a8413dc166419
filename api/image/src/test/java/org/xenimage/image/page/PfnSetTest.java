package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.HeapBounds;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;

class PfnSetTest {
    @Test
    void randomEditsEqualASortedSet() throws LimitExceeded {
        for (long seed = 1; seed <= 20; seed++) {
            var random = new Random(seed);
            var set = new PfnSet();
            var model = new TreeSet<Long>();
            for (int i = 0; i < 4000; i++) {
                long pfn = random.nextInt(3000) + (random.nextInt(4) == 0 ? (1L << 39) : 0);
                if (random.nextInt(3) == 0) assertEquals(model.remove(pfn), set.remove(pfn));
                else assertEquals(model.add(pfn), set.add(pfn));
                assertEquals(model.contains(pfn), set.contains(pfn));
            }
            assertEquals(model.size(), set.size());
            List<Long> listed = new ArrayList<>();
            long before = -2;
            for (PfnSet.Range range : set.ranges(Integer.MAX_VALUE)) {
                assertTrue(range.first() > before + 1, "ranges are apart");
                for (long pfn = range.first(); pfn <= range.last(); pfn++) listed.add(pfn);
                before = range.last();
            }
            assertEquals(List.copyOf(model), listed);
            assertEquals(set.ranges(Integer.MAX_VALUE).stream().limit(3).toList(), set.ranges(3));
        }
    }

    /** The bound is a share of the heap: a guest of 100 GiB fits into the least one, scattered pages soon do not. */
    @Test
    void theBoundGrowsWithTheHeap() throws LimitExceeded {
        var least = new HeapBounds(HeapBounds.LEAST);
        var complete = new PfnSet(least);
        for (long pfn = 0; pfn < 100L << 18; pfn += 512) assertTrue(complete.add(pfn));
        assertFalse(complete.contains(1));
        int small = scattered(least);
        int large = scattered(new HeapBounds(4 * HeapBounds.LEAST));
        assertTrue(small >= 50_000, "a bound of " + small);
        assertTrue(large > 3 * small, small + " and " + large);
    }

    private static int scattered(HeapBounds bounds) {
        var set = new PfnSet(bounds);
        int[] added = {0};
        LimitExceeded refused =
                assertThrows(
                        LimitExceeded.class,
                        () -> {
                            while (set.add(4096L * added[0])) added[0]++;
                        });
        assertTrue(refused.fault().remedy().contains("XENIMAGE_JAVA_OPTS"));
        return added[0];
    }
}
