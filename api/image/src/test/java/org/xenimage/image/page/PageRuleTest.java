package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.page.PageSelection.Content;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

class PageRuleTest {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;

    private static byte[] with(byte[] page, int at, String text) {
        byte[] bytes = page.clone();
        for (int i = 0; i < text.length(); i++) bytes[at + i] = (byte) text.charAt(i);
        return bytes;
    }

    @Test
    void freePagesBecomeZeroUnlessTheGuestMarkedThem() throws IOException {
        byte[] almost = Batches.filled(0xaa);
        almost[4095] = 0;
        PageBatch batch =
                Batches.empty()
                        .page(1, Batches.filled('u'))
                        .page(2, Batches.filled('f'))
                        .page(3, Batches.filled(0xaa))
                        .page(4, almost)
                        .page(5, new byte[4096])
                        .batch();
        byte[] before = Batches.contents(batch);
        PfnSet free = new PfnSet();
        for (long pfn = 2; pfn < 9; pfn++) free.add(pfn);
        var rule = new PageRule.ZeroFree(PageSelection.NORMAL, false);
        assertEquals(PageRuleResult.NONE, rule.apply(new PageView(batch)));
        assertFalse(batch.edited());
        assertEquals(2, rule.of(free).apply(new PageView(batch)).edited());
        byte[] after = Batches.contents(batch);
        Arrays.fill(before, 4096, 2 * 4096, (byte) 0);
        Arrays.fill(before, 3 * 4096, 4 * 4096, (byte) 0);
        assertArrayEquals(before, after);
    }

    @Test
    void batchWithoutAMatchStaysUnedited() throws IOException {
        PageBatch batch =
                Batches.empty().page(1, Batches.filled('.')).page(2, Batches.filled(0)).batch();
        PageView view = new PageView(batch);
        PageRuleResult edits = new PageRule.Scrub(PagePattern.ofText("secret"), 32, 0).apply(view);
        assertEquals(new PageRuleResult(2, 0, 0, 0, 0, List.of()), edits);
        new PageRule.ZeroPages(PageSelection.NORMAL.pfns(2, 3)).apply(view);
        assertFalse(batch.edited());
    }

    @Test
    void scrubOverwritesFromTheMatchOn() throws IOException {
        PageBatch batch =
                Batches.empty().page(5, with(Batches.filled('.'), 100, "secret=abcdef")).batch();
        PageRuleResult edits =
                new PageRule.Scrub(PagePattern.ofText("secret="), 13, '#')
                        .apply(new PageView(batch));
        assertEquals(new PageRuleResult(1, 1, 1, 13, 0, List.of(new PageMatch(5, 100, 0))), edits);
        assertArrayEquals(with(Batches.filled('.'), 100, "#############"), Batches.contents(batch));
        assertTrue(batch.edited());
    }

    @Test
    void scrubGoesOnIntoTheNeighbourWhereverThatStands() throws IOException {
        PageBatch batch =
                Batches.empty()
                        .page(6, Batches.filled('b'))
                        .page(5, with(Batches.filled('a'), PAGE_SIZE - 3, "key"))
                        .batch();
        PageRuleResult edits =
                new PageRule.Scrub(PagePattern.ofText("key"), 10, '#').apply(new PageView(batch));
        assertEquals(
                new PageRuleResult(2, 1, 2, 10, 0, List.of(new PageMatch(5, PAGE_SIZE - 3, 1))),
                edits);
        byte[] expected = Arrays.copyOf(with(Batches.filled('b'), 0, "#######"), 2 * PAGE_SIZE);
        System.arraycopy(
                with(Batches.filled('a'), PAGE_SIZE - 3, "###"), 0, expected, PAGE_SIZE, PAGE_SIZE);
        assertArrayEquals(expected, Batches.contents(batch));
    }

    @Test
    void bytesBeyondTheBatchOrTheSelectionAreCountedAsCut() throws IOException {
        byte[] key = with(Batches.filled('a'), PAGE_SIZE - 3, "key");
        PageRule rule = new PageRule.Scrub(PagePattern.ofText("key"), 10, '#');
        PageBatch alone = Batches.empty().page(5, key).page(7, Batches.filled('b')).batch();
        assertEquals(7, rule.apply(new PageView(alone)).cut());
        PageBatch table =
                Batches.empty().page(5, key).page(PageType.L1TAB, 6, Batches.filled('b')).batch();
        assertEquals(7, rule.apply(new PageView(table)).cut());
        assertArrayEquals(
                Batches.filled('b'),
                Arrays.copyOfRange(Batches.contents(table), PAGE_SIZE, 2 * PAGE_SIZE));
    }

    @Test
    void occurrenceThatBeginsWithinScrubbedBytesIsNoMatch() throws IOException {
        PageBatch batch = Batches.empty().page(5, with(Batches.filled('.'), 0, "aaaaaaa")).batch();
        PageRuleResult edits =
                new PageRule.Scrub(PagePattern.ofText("aa"), 3, '#').apply(new PageView(batch));
        assertEquals(2, edits.matches());
        assertArrayEquals(with(Batches.filled('.'), 0, "######a"), Batches.contents(batch));
    }

    @Test
    void replacementIsSplitAsTheMatchIs() throws IOException {
        for (int split = 1; split < 8; split++) {
            PageBatch batch =
                    Batches.empty()
                            .page(6, with(Batches.filled('.'), 0, "password".substring(split)))
                            .page(
                                    5,
                                    with(
                                            Batches.filled('.'),
                                            PAGE_SIZE - split,
                                            "password".substring(0, split)))
                            .batch();
            PageRule rule =
                    new PageRule.Replace(
                            PagePattern.ofText("password"), PagePattern.ofText("redacted"));
            PageRuleResult edits = rule.apply(new PageView(batch));
            assertEquals(
                    new PageRuleResult(
                            2, 1, 2, 8, 0, List.of(new PageMatch(5, PAGE_SIZE - split, 1))),
                    edits);
            byte[] expected =
                    Arrays.copyOf(
                            with(Batches.filled('.'), 0, "redacted".substring(split)),
                            2 * PAGE_SIZE);
            byte[] left =
                    with(Batches.filled('.'), PAGE_SIZE - split, "redacted".substring(0, split));
            System.arraycopy(left, 0, expected, PAGE_SIZE, PAGE_SIZE);
            assertArrayEquals(expected, Batches.contents(batch));
        }
    }

    @Test
    void zeroPagesTouchesOnlySelectedPagesThatHoldSomething() throws IOException {
        PageBatch batch =
                Batches.empty()
                        .page(1, Batches.filled('a'))
                        .page(2, Batches.filled(0))
                        .page(PageType.L2TAB, 3, Batches.filled('t'))
                        .page(4, Batches.filled('b'))
                        .batch();
        PageRuleResult edits =
                new PageRule.ZeroPages(PageSelection.NORMAL.pfns(0, 4)).apply(new PageView(batch));
        assertEquals(new PageRuleResult(2, 0, 1, PAGE_SIZE, 0, List.of()), edits);
        PageView view = new PageView(batch);
        assertEquals("{0, 1}", view.zeroPages().toString());
    }

    @Test
    void contentsAreSelectedAsTheyStoodBeforeTheRule() throws IOException {
        PageBatch batch =
                Batches.empty()
                        .page(1, with(Batches.filled('.'), PAGE_SIZE - 3, "key"))
                        .page(2, Batches.filled(0))
                        .batch();
        PageSelection held = PageSelection.NORMAL.content(Content.NOT_ZERO);
        PageRuleResult edits =
                new PageRule.Scrub(PagePattern.ofText("key"), 5, '#', held)
                        .apply(new PageView(batch));
        assertEquals(2, edits.cut());
        assertEquals(1, edits.examined());
    }

    @Test
    void pageTablesAreRefusedWhenTheRuleIsMade() {
        PagePattern pattern = PagePattern.ofText("key");
        PageSelection tables = PageSelection.NORMAL.types(PageType.NOTAB, PageType.L4TAB_PIN);
        assertThrows(
                IllegalArgumentException.class, () -> new PageRule.Scrub(pattern, 3, 0, tables));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PageRule.Replace(pattern, PagePattern.ofText("xxx"), tables));
        assertThrows(
                IllegalArgumentException.class, () -> new PageRule.ZeroPages(PageSelection.ALL));
    }

    @Test
    void ruleThatCannotDoItsWorkIsRefused() {
        PagePattern pattern = PagePattern.ofText("key");
        assertThrows(IllegalArgumentException.class, () -> new PageRule.Scrub(pattern, 2, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PageRule.Scrub(pattern, PageRule.Scrub.LENGTH_MAX + 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new PageRule.Scrub(pattern, 3, 256));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PageRule.Scrub(PagePattern.ofText("###"), 3, '#'));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PageRule.Replace(pattern, PagePattern.ofText("longer")));
        assertThrows(IllegalArgumentException.class, () -> new PageRule.Replace(pattern, pattern));
    }

    @Test
    void editsOfBatchesAddUpAndKeepTheFirstMatches() {
        List<PageMatch> ten = new ArrayList<>();
        for (int i = 0; i < 10; i++) ten.add(new PageMatch(i, i, i));
        PageRuleResult edits = new PageRuleResult(1, 10, 3, 4, 5, ten);
        PageRuleResult sum = PageRuleResult.NONE.plus(edits).plus(edits);
        assertEquals(2, sum.examined());
        assertEquals(20, sum.matches());
        assertEquals(10, sum.cut());
        assertEquals(PageRuleResult.FIRST, sum.first().size());
    }

    @Test
    void scrubAgreesWithAPlainOneWhateverTheOrder() throws IOException {
        Random random = new Random(6);
        for (int round = 0; round < 120; round++) {
            int values = 1 + random.nextInt(3);
            int length = 1 + random.nextInt(round % 10 == 0 ? 3000 : 20);
            byte[] bytes = Batches.bytes(random, length, values);
            int scrub = length + random.nextInt(round % 4 == 0 ? 3 * PAGE_SIZE : 40);
            TreeMap<Long, byte[]> pages = new TreeMap<>();
            for (long pfn = 0; pfn < 8; pfn++) {
                if (random.nextInt(5) == 0) continue;
                byte[] page = Batches.bytes(random, PAGE_SIZE, values + 1);
                for (int i = 0; i < 3 && length < 100; i++) {
                    System.arraycopy(bytes, 0, page, random.nextInt(PAGE_SIZE - length), length);
                }
                pages.put(pfn, page);
            }
            if (pages.isEmpty()) continue;
            List<Map.Entry<Long, byte[]>> order = new ArrayList<>(List.copyOf(pages.entrySet()));
            if (round % 2 == 0) Collections.shuffle(order, random);
            Batches batches = Batches.empty();
            for (Map.Entry<Long, byte[]> page : order) batches.page(page.getKey(), page.getValue());
            PageBatch batch = batches.batch();
            // A fill that the pattern begins with, too: what is overwritten must not be found
            // again.
            PagePattern pattern = PagePattern.of(bytes);
            byte fill = pattern.repeats((byte) 'a') || round % 3 == 0 ? (byte) '#' : (byte) 'a';
            PageRuleResult edits =
                    new PageRule.Scrub(pattern, scrub, fill).apply(new PageView(batch));
            Set<Long> edited = new HashSet<>();

            long matches = 0;
            long cut = 0;
            long overwritten = 0;
            for (long pfn = 0; pfn < 8; pfn++) {
                if (!pages.containsKey(pfn)) continue;
                long end = pfn;
                while (pages.containsKey(end)) end++;
                byte[] text = new byte[(int) (end - pfn) * PAGE_SIZE];
                for (Map.Entry<Long, byte[]> page : pages.subMap(pfn, end).entrySet()) {
                    System.arraycopy(
                            page.getValue(),
                            0,
                            text,
                            (int) (page.getKey() - pfn) * PAGE_SIZE,
                            PAGE_SIZE);
                }
                for (int at = 0; at < text.length; at++) {
                    if (!Batches.standsAt(text, at, bytes)) continue;
                    int to = Math.min(text.length, at + scrub);
                    Arrays.fill(text, at, to, fill);
                    for (long each = at / PAGE_SIZE; each <= (to - 1) / PAGE_SIZE; each++)
                        edited.add(pfn + each);
                    matches++;
                    overwritten += to - at;
                    cut += at + scrub - to;
                    at += scrub - 1;
                }
                for (long each = pfn; each < end; each++) {
                    int at = (int) (each - pfn) * PAGE_SIZE;
                    pages.put(each, Arrays.copyOfRange(text, at, at + PAGE_SIZE));
                }
                pfn = end;
            }
            assertEquals(matches, edits.matches());
            assertEquals(cut, edits.cut());
            assertEquals(overwritten, edits.bytes());
            assertEquals(edited.size(), edits.edited());
            byte[] contents = Batches.contents(batch);
            for (int i = 0; i < order.size(); i++) {
                assertArrayEquals(
                        pages.get(order.get(i).getKey()),
                        Arrays.copyOfRange(contents, i * PAGE_SIZE, (i + 1) * PAGE_SIZE));
            }
        }
    }
}
