package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Rules that are looked for together do what each of them does alone, one after the other. */
class RuleScreenTest {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;

    /** Rules, a batch, and now and then an edit by something else between two rules, all by chance. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void rulesTogetherDoWhatEachDoesInTurn(long seed) throws IOException {
        long matches = 0;
        long edited = 0;
        for (int turn = 0; turn < 60; turn++) {
            Random random = new Random(seed * 1000 + turn);
            List<PageRule> rules = rules(random);
            RuleScreen screen = new RuleScreen();
            screen.add(rules);
            // Several batches go through one screen, as in a run.
            for (int batch = 0; batch < 3; batch++) {
                Random pages = new Random(random.nextLong());
                long same = pages.nextLong();
                PageBatch alone = batch(new Random(same), rules);
                PageBatch together = batch(new Random(same), rules);
                int at = -1;
                for (PageRule rule : rules) {
                    at++;
                    PageRuleResult expected = rule.apply(new PageView(alone));
                    PageRuleResult found = screen.apply(rule, together, Optional.empty());
                    String what = "seed %d, turn %d, rule %d %s".formatted(seed, turn, at, rule);
                    assertEquals(expected, found, what);
                    assertArrayEquals(Batches.contents(alone), Batches.contents(together), what);
                    assertEquals(alone.edited(), together.edited(), what);
                    matches += found.matches();
                    edited += found.edited();
                    if (pages.nextInt(6) == 0) {
                        long how = pages.nextLong();
                        edit(new Random(how), alone, rules);
                        edit(new Random(how), together, rules);
                    }
                }
            }
        }
        // Else nothing was compared.
        assertTrue(matches > 500, () -> "few matches");
        assertTrue(edited > 500, () -> "few edits");
    }

    @Test
    void aRuleFindsWhatTheOneBeforeMade() throws IOException {
        byte[] page = Batches.filled('.');
        put(page, PAGE_SIZE - 5, "alpha");
        byte[] next = Batches.filled('.');
        put(next, 0, "-one");
        List<PageRule> rules =
                List.of(
                        new PageRule.Replace(
                                PagePattern.ofText("alpha-one"), PagePattern.ofText("bravo-two")),
                        new PageRule.Scrub(PagePattern.ofText("vo-two"), 6, '#'),
                        new PageRule.Scrub(PagePattern.ofText("bra#"), 4, '%'));
        RuleScreen screen = new RuleScreen();
        screen.add(rules);
        PageBatch batch = Batches.empty().page(7, page).page(8, next).batch();
        for (PageRule rule : rules)
            assertEquals(1, screen.apply(rule, batch, Optional.empty()).matches(), rule.toString());
        byte[] expected = new byte[2 * PAGE_SIZE];
        System.arraycopy(Batches.filled('.'), 0, expected, 0, PAGE_SIZE);
        System.arraycopy(Batches.filled('.'), 0, expected, PAGE_SIZE, PAGE_SIZE);
        put(expected, PAGE_SIZE - 5, "%%%%#####");
        assertArrayEquals(expected, Batches.contents(batch));
    }

    @Test
    void batchWithoutAMatchStaysUnedited() throws IOException {
        List<PageRule> rules =
                List.of(
                        new PageRule.Scrub(PagePattern.ofText("SECRET-API-TOKEN="), 64, 0),
                        new PageRule.ScrubExpression(
                                PageExpression.of("PASSWORD=[!-~]+"), 0, PageSelection.NORMAL));
        RuleScreen screen = new RuleScreen();
        screen.add(rules);
        PageBatch batch = Batches.empty().page(1, Batches.filled('S')).batch();
        for (PageRule rule : rules)
            assertEquals(
                    new PageRuleResult(1, 0, 0, 0, 0, List.of()),
                    screen.apply(rule, batch, Optional.empty()));
        assertFalse(batch.edited());
    }

    /** Pages made to be expensive: whatever they hold, the marks are complete. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 7, 9, 16, 17, 40, 200, 4096})
    void marksAreCompleteOnPagesMadeToBeExpensive(int length) {
        byte[] pattern = new byte[length];
        for (int i = 0; i < length; i++) pattern[i] = (byte) (i == length - 1 ? 'b' : 'a');
        byte[] uniform = new byte[length];
        Arrays.fill(uniform, (byte) 'a');
        byte[] period = new byte[length];
        for (int i = 0; i < length; i++) period[i] = (byte) "abcdefg".charAt(i % 7);
        List<PagePattern> patterns = new ArrayList<>();
        for (byte[] bytes : List.of(pattern, uniform, period)) {
            PagePattern made = PagePattern.of(bytes);
            if (!patterns.contains(made)) patterns.add(made);
        }
        // Enough of them for the table.
        for (int i = 0; i < 12 && length > 8; i++) {
            byte[] other = period.clone();
            other[length / 2] = (byte) i;
            patterns.add(PagePattern.of(other));
        }
        byte[] data = new byte[8 * PAGE_SIZE];
        for (int i = 0; i < data.length; i++)
            data[i] = (byte) (i < 3 * PAGE_SIZE + 11 ? 'a' : "abcdefg".charAt(i % 7));
        put(data, 3 * PAGE_SIZE + 11, "b");
        if (data.length - length >= 0)
            System.arraycopy(pattern, 0, data, data.length - length, length);
        MemorySegment contents = MemorySegment.ofArray(data);
        BitSet[] marks = new BitSet[patterns.size()];
        for (int i = 0; i < marks.length; i++) marks[i] = new BitSet();
        new PatternScreen(patterns).mark(contents, 0, 8, marks);
        for (int i = 0; i < marks.length; i++) {
            PatternScan scan = new PatternScan();
            scan.over(patterns.get(i), contents, 0, data.length);
            for (long at = scan.next(); at != PagePattern.NONE; at = scan.next())
                assertTrue(
                        marks[i].get((int) (at / PAGE_SIZE)),
                        patterns.get(i) + " at " + at + " of length " + length);
        }
    }

    private static List<PageRule> rules(Random random) {
        List<PageRule> rules = new ArrayList<>();
        int count = 1 + random.nextInt(12);
        while (rules.size() < count) {
            PagePattern pattern = pattern(random);
            PageSelection selection = selection(random);
            int fill = "abc#".charAt(random.nextInt(4));
            try {
                rules.add(
                        switch (random.nextInt(8)) {
                            case 0 ->
                                    new PageRule.ZeroPages(
                                            selection.pfns(
                                                    random.nextInt(8), 8 + random.nextInt(4)));
                            case 1, 2 ->
                                    new PageRule.Replace(
                                            pattern, other(random, pattern.length()), selection);
                            case 3 ->
                                    new PageRule.ScrubExpression(
                                            PageExpression.of(
                                                    List.of(
                                                                    "ab+c",
                                                                    "ca[bc]{3,9}",
                                                                    "[ab]c{5}a*",
                                                                    "bacca.")
                                                            .get(random.nextInt(4))),
                                            fill,
                                            selection);
                            case 4 ->
                                    new PageRule.Scrub(
                                            pattern,
                                            pattern.length() + random.nextInt(2 * PAGE_SIZE),
                                            fill,
                                            selection);
                            default ->
                                    new PageRule.Scrub(
                                            pattern,
                                            pattern.length() + random.nextInt(20),
                                            fill,
                                            selection,
                                            random.nextInt(3) == 0
                                                    ? Optional.of(
                                                            new PageRule.Across(random.nextInt(6)))
                                                    : Optional.empty());
                        });
            } catch (IllegalArgumentException e) {
                // A fill that would write the pattern, or a replacement by itself: another one.
            }
        }
        return rules;
    }

    private static PagePattern pattern(Random random) {
        int[] lengths = {1, 2, 3, 5, 7, 8, 9, 11, 15, 17, 19, 23, 35, 70, 300, PAGE_SIZE};
        return other(random, lengths[Math.min(random.nextInt(24), lengths.length - 1)]);
    }

    /** Of three letters, so that they overlap and that edits make others. */
    private static PagePattern other(Random random, int length) {
        byte[] bytes = new byte[length];
        int letters = 1 + random.nextInt(3);
        for (int i = 0; i < length; i++) bytes[i] = (byte) ('a' + random.nextInt(letters));
        return PagePattern.of(bytes);
    }

    private static PageSelection selection(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> PageSelection.NORMAL.pfns(random.nextInt(6), 6 + random.nextInt(8));
            case 1 -> PageSelection.NORMAL.content(PageSelection.Content.NOT_ZERO);
            default -> PageSelection.NORMAL;
        };
    }

    private static PageBatch batch(Random random, List<PageRule> rules) {
        int count = 1 + random.nextInt(7);
        List<Long> pfns = new ArrayList<>();
        long pfn = random.nextInt(3);
        for (int i = 0; i < count; i++) {
            pfns.add(pfn);
            pfn += random.nextInt(5) == 0 ? random.nextInt(3) : 1; // now and then the same again
        }
        if (random.nextInt(3) == 0) Collections.shuffle(pfns, random);
        Batches batches = Batches.empty();
        for (long one : new ArrayList<>(pfns)) {
            PageType type = random.nextInt(8) == 0 ? PageType.L1TAB : PageType.NOTAB;
            batches.page(type, one, page(random, rules));
        }
        return batches.batch();
    }

    private static byte[] page(Random random, List<PageRule> rules) {
        byte[] page = new byte[PAGE_SIZE];
        int kind = random.nextInt(5);
        int letters = 1 + random.nextInt(3);
        for (int i = 0; i < PAGE_SIZE; i++)
            page[i] =
                    (byte)
                            switch (kind) {
                                case 0 -> 0;
                                case 1 -> 'a' + random.nextInt(letters);
                                default -> random.nextInt(256);
                            };
        int planted = kind == 0 && random.nextBoolean() ? 0 : random.nextInt(6);
        for (int i = 0; i < planted; i++) plant(random, page, rules);
        return page;
    }

    /** A pattern, or a part of it at an edge. */
    private static void plant(Random random, byte[] page, List<PageRule> rules) {
        byte[] bytes =
                switch (rules.get(random.nextInt(rules.size()))) {
                    case PageRule.Scrub scrub -> scrub.pattern().bytes();
                    case PageRule.Replace replace -> replace.pattern().bytes();
                    case PageRule.ScrubExpression _ ->
                            "abbbcaccccabacca".getBytes(StandardCharsets.US_ASCII);
                    case PageRule.ZeroPages _, PageRule.ZeroFree _ -> new byte[8];
                };
        int at =
                switch (random.nextInt(4)) {
                    case 0 -> -random.nextInt(bytes.length);
                    case 1 -> PAGE_SIZE - 1 - random.nextInt(bytes.length);
                    default -> random.nextInt(PAGE_SIZE);
                };
        for (int i = 0; i < bytes.length; i++)
            if (at + i >= 0 && at + i < PAGE_SIZE) page[at + i] = bytes[i];
    }

    /** What a hook may do between two policies. */
    private static void edit(Random random, PageBatch batch, List<PageRule> rules)
            throws IOException {
        MemorySegment data = batch.editData();
        byte[] page = page(random, rules);
        int pages = (int) (data.byteSize() / PAGE_SIZE);
        MemorySegment.copy(
                MemorySegment.ofArray(page),
                0,
                data,
                (long) random.nextInt(pages) * PAGE_SIZE,
                PAGE_SIZE);
    }

    private static void put(byte[] page, int at, String text) {
        for (int i = 0; i < text.length(); i++) page[at + i] = (byte) text.charAt(i);
    }
}
