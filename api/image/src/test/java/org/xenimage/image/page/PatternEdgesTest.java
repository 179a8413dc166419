package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

/** The parts of a pattern at the ends of a page, against comparing each length. */
class PatternEdgesTest {
    private static final int PAGE = 4096;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 17, 100, 4095, 4096})
    void theLongestPartsAreFound(int length) {
        Random random = new Random(length);
        for (int round = 0; round < 200; round++) {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) bytes[i] = (byte) random.nextInt(2);
            byte[] pages = new byte[3 * PAGE];
            for (int i = 0; i < pages.length; i++) pages[i] = (byte) random.nextInt(2);
            if (length > 1) {
                int part = 1 + random.nextInt(length - 1);
                System.arraycopy(bytes, 0, pages, 2 * PAGE - part, part);
                part = 1 + random.nextInt(length - 1);
                System.arraycopy(bytes, length - part, pages, PAGE, part);
            }
            PatternEdges edges = new PatternEdges(PagePattern.of(bytes));
            MemorySegment data = MemorySegment.ofArray(pages);
            int end = 0;
            int start = 0;
            for (int part = 1; part < length; part++) {
                if (Arrays.equals(bytes, 0, part, pages, 2 * PAGE - part, 2 * PAGE)) end = part;
                if (Arrays.equals(bytes, length - part, length, pages, PAGE, PAGE + part))
                    start = part;
            }
            assertEquals(end, edges.atEnd(data, PAGE));
            assertEquals(start, edges.atStart(data, PAGE));
        }
    }
}
