package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.element.PageBatch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class PageExpressionTest {
    private static final int PAGE_SIZE = PageBatch.PAGE_SIZE;

    private static PageRuleResult scrub(String expression, PageBatch batch) throws IOException {
        return new PageRule.ScrubExpression(
                        PageExpression.of(expression), '#', PageSelection.NORMAL)
                .apply(new PageView(batch));
    }

    /** The batch of a text from a PFN on, its pages in some order. */
    private static PageBatch batch(byte[] text, List<Integer> order) {
        Batches batches = Batches.empty();
        for (int page : order)
            batches.page(
                    5L + page, Arrays.copyOfRange(text, page * PAGE_SIZE, (page + 1) * PAGE_SIZE));
        return batches.batch();
    }

    private static byte[] contents(PageBatch batch, List<Integer> order) throws IOException {
        byte[] text = new byte[order.size() * PAGE_SIZE];
        byte[] data = Batches.contents(batch);
        for (int at = 0; at < order.size(); at++)
            System.arraycopy(data, at * PAGE_SIZE, text, order.get(at) * PAGE_SIZE, PAGE_SIZE);
        return text;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ab+c?",
                "abc|cab",
                "[ab]{3,7}c",
                "ab[^a]*c",
                "(?:ab|ba)+",
                "a.c",
                "abab",
                "a\\.?b+",
                "ba(c|b)*b"
            })
    void matchesAreThoseOfAPlainSearchWhateverTheOrderOfThePages(String expression)
            throws IOException {
        Random random = new Random(expression.hashCode());
        for (int round = 0; round < 20; round++) {
            byte[] text = Batches.bytes(random, 6 * PAGE_SIZE, 3 + random.nextInt(3));
            List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5));
            if (round % 2 == 1) Collections.shuffle(order, random);
            PageBatch batch = batch(text, order);
            PageRuleResult result = scrub(expression, batch);
            Matcher plain =
                    Pattern.compile(expression)
                            .matcher(new String(text, StandardCharsets.ISO_8859_1));
            long matches = 0;
            long bytes = 0;
            while (plain.find()) {
                Arrays.fill(text, plain.start(), plain.end(), (byte) '#');
                matches++;
                bytes += plain.end() - plain.start();
            }
            assertEquals(matches, result.matches(), expression);
            assertEquals(bytes, result.bytes(), expression);
            assertArrayEquals(text, contents(batch, order), expression);
        }
    }

    @Test
    void everyByteIsACharacterOfItsOwn() throws IOException {
        byte[] page = Batches.filled(0);
        byte[] text = "\u00e9=\u00ff\u0080\n1".getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(text, 0, page, 7, text.length);
        PageBatch batch = Batches.empty().page(1, page).batch();
        PageRuleResult result = scrub("\\xe9=[\\x80-\\xff]+\\n[0-9]", batch);
        assertEquals(List.of(new PageMatch(1, 7, 0)), result.first());
        assertEquals(6, result.bytes());
    }

    @Test
    void runsEndWherePagesAreNotSelectedOrNotNeighbours() throws IOException {
        byte[] tail = Batches.filled('.');
        byte[] head = Batches.filled('.');
        Arrays.fill(tail, PAGE_SIZE - 2, PAGE_SIZE, (byte) 'x');
        Arrays.fill(head, 0, 2, (byte) 'x');
        PageBatch apart = Batches.empty().page(1, tail).page(3, head).batch();
        assertEquals(0, scrub("xxx+", apart).matches());
        assertFalse(apart.edited());
        PageBatch together = Batches.empty().page(2, head).page(1, tail).batch();
        assertEquals(List.of(new PageMatch(1, PAGE_SIZE - 2, 1)), scrub("xxx+", together).first());
    }

    /** A quadratic search would take hours: each of the occurrences is followed by a megabyte that nearly matches. */
    @Test
    @Timeout(300)
    void occurrencesOfTheLiteralThatDoNotMatchCostNothingMore() throws IOException {
        byte[] text = new byte[256 * PAGE_SIZE];
        for (int at = 0; at < text.length; at++) text[at] = (byte) (at % 2 == 0 ? 'a' : 'b');
        List<Integer> order = new ArrayList<>();
        for (int page = 0; page < 256; page++) order.add(page);
        assertEquals(0, scrub("ab[ab]*c", batch(text, order)).matches());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    AKIA[0-9A-Z]{16} | AKIA
                    a\\.b+c           | a.b
                    ab?c             | none
                    abc?             | ab
                    ab{2}            | none
                    'abc|abd'        | none
                    '(ab|cd)x'       | none
                    \\d\\d             | none
                    key=\\w+          | key=
                    """)
    void theLiteralThatMatchesBeginWithIsLookedForFirst(String expression, String literal) {
        assertEquals(
                literal,
                PageExpression.of(expression)
                        .literal()
                        .map(pattern -> new String(pattern.bytes(), StandardCharsets.US_ASCII))
                        .orElse("none"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a*            | does not match nothing
                    ^abc          | memory has no lines
                    abc$          | memory has no lines
                    \\Aabc         | memory has no lines
                    (?=a)b        | without look-around and back references
                    (a)\\1         | without look-around and back references
                    (a            | without look-around
                    é             | printable ASCII
                    (a{99}){99}   | multiply to more than 1000
                    """)
    void whatCannotBeUsedOnPagesIsRefused(String expression, String why) {
        String message =
                String.valueOf(
                        assertThrows(
                                        IllegalArgumentException.class,
                                        () -> PageExpression.of(expression))
                                .getMessage());
        assertTrue(message.contains(why), message);
    }

    @Test
    void aFillThatWouldMatchIsRefused() {
        PageExpression digits = PageExpression.of("[0-9]{4,}");
        assertThrows(
                IllegalArgumentException.class,
                () -> new PageRule.ScrubExpression(digits, '0', PageSelection.NORMAL));
        assertEquals(0, new PageRule.ScrubExpression(digits, 0, PageSelection.NORMAL).fill());
    }
}
