package org.xenimage.image.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** No character that a terminal obeys gets through; every one that it shows does. */
class ControlCharactersTest {
    /** What the Unicode standard calls a bidirectional control, and what ends a line. */
    private static final int[] OBEYED = {
        0, 7, 8, '\t', '\n', '\r', 0x1b, 0x7f, 0x85, 0x9b, 0xad, 0x61c, 0x200b, 0x200e, 0x200f,
        0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff, 0xd800, 0xdfff, 0xe0001
    };

    @Test
    void theyAreEscapedInEveryText() {
        for (int point : OBEYED) {
            assertTrue(ControlCharacters.contains(point), "U+%04x".formatted(point));
            String hostile = new StringBuilder("a").appendCodePoint(point).append('z').toString();
            String escaped = ControlCharacters.escape(hostile);
            assertTrue(escaped.startsWith("a\\u") && escaped.endsWith("z"), escaped);
            assertTrue(escaped.chars().allMatch(c -> c >= ' ' && c < 0x7f), escaped);
            String message = Fault.in("in").problem("is " + hostile).message();
            assertTrue(message.contains(escaped), message);
        }
    }

    @Test
    void theRestStaysAsItIs() {
        String output = "web1 ~ é 東京 \uD83D\uDE00 \\u001b";
        assertEquals(output, ControlCharacters.escape(output));
        output.codePoints().forEach(point -> assertFalse(ControlCharacters.contains(point)));
    }

    @Test
    void printableAsciiIsFromTheSpaceToTheTilde() {
        for (int b = -1; b <= 0x100; b++)
            assertEquals(
                    b >= ' ' && b <= '~', ControlCharacters.printableAscii(b), "0x%x".formatted(b));
        assertEquals('A', ControlCharacters.printableOrDot('A'));
        assertEquals('.', ControlCharacters.printableOrDot(0x80));
        assertEquals('.', ControlCharacters.printableOrDot('\n'));
    }

    @Test
    void aTabIsLetThroughWhereTextIsMeant() {
        assertEquals("a\\u0009b", ControlCharacters.escape("a\tb"));
        assertEquals("a\tb\\u000a", ControlCharacters.escapeButTabs("a\tb\n"));
    }
}
