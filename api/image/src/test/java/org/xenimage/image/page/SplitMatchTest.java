package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Matches over the boundaries of pages. */
class SplitMatchTest {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;

    private static PageSearchResult find(PageBatch batch, PagePattern pattern) throws IOException {
        return new PageView(batch).find(pattern, PageSelection.NORMAL, 100);
    }

    private static byte[] endingWith(byte[] bytes, int from, int to) {
        byte[] page = Batches.filled('.');
        System.arraycopy(bytes, from, page, PAGE_SIZE - (to - from), to - from);
        return page;
    }

    private static byte[] beginningWith(byte[] bytes, int from, int to) {
        byte[] page = Batches.filled('.');
        System.arraycopy(bytes, from, page, 0, to - from);
        return page;
    }

    @Test
    void matchIsFoundWhereverItIsSplitAndInWhateverOrderTheNeighboursStand() throws IOException {
        for (int length : new int[] {2, 3, 8, 15, 16, 24, 40, 71, 100, 4096}) {
            byte[] bytes = Batches.bytes(new Random(length), length, 26);
            PagePattern pattern = PagePattern.of(bytes);
            for (int split = 1; split < length; split += length > 1000 ? 117 : 1) {
                byte[] left = endingWith(bytes, 0, split);
                byte[] right = beginningWith(bytes, split, length);
                Batches inOrder = Batches.empty().page(7, left).page(8, right);
                Batches reversed = Batches.empty().page(8, right).page(7, left);
                Batches apart =
                        Batches.empty()
                                .page(3, Batches.filled('.'))
                                .page(8, right)
                                .without(PageType.XTAB, 100)
                                .page(99, Batches.filled('.'))
                                .page(7, left);
                assertEquals(
                        List.of(new PageMatch(7, PAGE_SIZE - split, 0)),
                        find(inOrder.batch(), pattern).found());
                assertEquals(
                        List.of(new PageMatch(7, PAGE_SIZE - split, 1)),
                        find(reversed.batch(), pattern).found());
                assertEquals(
                        List.of(new PageMatch(7, PAGE_SIZE - split, 3)),
                        find(apart.batch(ByteOrder.BIG_ENDIAN), pattern).found());
            }
        }
    }

    @Test
    void pagesNextToEachOtherInTheRecordAreNoNeighbours() throws IOException {
        byte[] bytes =
                "-----BEGIN RSA PRIVATE KEY-----"
                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        PagePattern pattern = PagePattern.of(bytes);
        for (int split = 1; split < bytes.length; split++) {
            byte[] left = endingWith(bytes, 0, split);
            byte[] right = beginningWith(bytes, split, bytes.length);
            PageBatch hole = Batches.empty().page(7, left).page(9, right).batch();
            PageBatch holeWithoutContents =
                    Batches.empty().page(7, left).without(PageType.XTAB, 8).page(9, right).batch();
            PageBatch swapped = Batches.empty().page(8, left).page(7, right).batch();
            PageBatch table = Batches.empty().page(7, left).page(PageType.L1TAB, 8, right).batch();
            for (PageBatch batch : List.of(hole, holeWithoutContents, swapped, table)) {
                assertEquals(List.of(), find(batch, pattern).found());
            }
        }
    }

    @Test
    void lastPfnHasNoNeighbour() throws IOException {
        PageBatch batch =
                Batches.empty()
                        .page(PageBatch.PFN_MASK, Batches.filled('x'))
                        .page(0, Batches.filled('x'))
                        .batch();
        PageView view = new PageView(batch);
        PagePattern pattern = PagePattern.of(Batches.filled('x'));
        assertEquals(
                List.of(new PageMatch(PageBatch.PFN_MASK, 0, 0), new PageMatch(0, 0, 1)),
                view.find(pattern, PageSelection.NORMAL, 10).found());
    }

    @Test
    void pageThatStandsTwiceFollowsOncePerCopy() throws IOException {
        byte[] left = endingWith(new byte[] {'a', 'b'}, 0, 1);
        byte[] right = beginningWith(new byte[] {'a', 'b'}, 1, 2);
        PagePattern pattern = PagePattern.ofText("ab");
        PageBatch twoLefts = Batches.empty().page(7, left).page(7, left).page(8, right).batch();
        assertEquals(1, find(twoLefts, pattern).found().size());
        PageBatch twoPairs =
                Batches.empty().page(7, left).page(8, right).page(7, left).page(8, right).batch();
        assertEquals(2, find(twoPairs, pattern).found().size());
    }

    @Test
    void searchAgreesWithAPlainOneWhateverTheOrderTypesAndHoles() throws IOException {
        Random random = new Random(5);
        for (int round = 0; round < 60; round++) {
            Map<Long, byte[]> normal = new HashMap<>();
            Batches batches = Batches.empty();
            List<Long> pfns = new ArrayList<>();
            for (long pfn = 0; pfn < 12; pfn++) if (random.nextInt(5) != 0) pfns.add(0x1000 + pfn);
            if (round % 3 != 0) java.util.Collections.shuffle(pfns, random);
            if (round % 3 == 1) pfns.sort(Comparator.reverseOrder());
            int values = 1 + random.nextInt(3);
            for (long pfn : pfns) {
                byte[] bytes = Batches.bytes(random, PAGE_SIZE, values);
                switch (random.nextInt(8)) {
                    case 0 -> batches.without(PageType.XTAB, pfn);
                    case 1 -> batches.page(PageType.L1TAB_PIN, pfn, bytes);
                    default -> {
                        batches.page(pfn, bytes);
                        normal.put(pfn, bytes);
                    }
                }
            }
            if (normal.isEmpty()) continue;
            PageView view = new PageView(batches.batch());
            byte[] bytes =
                    Batches.bytes(
                            random, 1 + random.nextInt(round % 10 == 0 ? PAGE_SIZE : 30), values);
            PagePattern pattern = PagePattern.of(bytes);

            Set<String> expected = new HashSet<>();
            Set<Long> touched = new HashSet<>();
            for (Map.Entry<Long, byte[]> page : normal.entrySet()) {
                byte[] following = normal.get(page.getKey() + 1);
                byte[] text =
                        following == null
                                ? page.getValue()
                                : Arrays.copyOf(page.getValue(), 2 * PAGE_SIZE);
                if (following != null) System.arraycopy(following, 0, text, PAGE_SIZE, PAGE_SIZE);
                for (int at = 0; at < PAGE_SIZE; at++) {
                    if (!Batches.standsAt(text, at, bytes)) continue;
                    expected.add(new PageMatch(page.getKey(), at, 0).toString());
                    touched.add(page.getKey());
                    if (at + bytes.length > PAGE_SIZE) touched.add(page.getKey() + 1);
                }
            }
            Set<String> found = new HashSet<>();
            for (PageMatch match :
                    view.find(pattern, PageSelection.NORMAL, Integer.MAX_VALUE).found()) {
                found.add(match.toString());
                assertEquals(match.pfn(), view.pfn(view.entryOf(match.dataIndex())));
            }
            assertEquals(expected, found);

            BitSet containing = view.select(PageSelection.NORMAL, pattern);
            Set<Long> selected = new HashSet<>();
            containing.stream().forEach(index -> selected.add(view.pfn(index)));
            assertEquals(touched, selected);
        }
    }

    @Test
    void limitEndsTheSearchAndSaysSo() throws IOException {
        PageView view =
                new PageView(
                        Batches.empty()
                                .page(1, Batches.filled('a'))
                                .page(2, Batches.filled('a'))
                                .batch());
        PagePattern pattern = PagePattern.ofText("aaaa");
        int all = 2 * PAGE_SIZE - 3;
        assertEquals(
                new PageSearchResult(view.find(pattern, PageSelection.NORMAL, all).found(), false),
                view.find(pattern, PageSelection.NORMAL, all));
        PageSearchResult limited = view.find(pattern, PageSelection.NORMAL, all - 1);
        assertEquals(all - 1, limited.found().size());
        assertEquals(true, limited.more());
        assertEquals(
                List.of(new PageMatch(1, 0, 0), new PageMatch(1, 1, 0)),
                view.find(pattern, PageSelection.NORMAL, 2).found());
    }
}
