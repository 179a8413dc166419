package org.xenimage.image.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

class PagePatternTest {
    @Test
    void textIsUtf8WithoutTerminator() {
        assertArrayEquals(
                "Schlüssel".getBytes(StandardCharsets.UTF_8),
                PagePattern.ofText("Schlüssel").bytes());
    }

    @Test
    void hexIgnoresSpaceBetweenBytesOnly() {
        assertArrayEquals(
                new byte[] {(byte) 0xde, (byte) 0xad, 1}, PagePattern.ofHex("DE ad\n01").bytes());
        assertThrows(IllegalArgumentException.class, () -> PagePattern.ofHex("d ead"));
        assertThrows(IllegalArgumentException.class, () -> PagePattern.ofHex("dea"));
        assertThrows(IllegalArgumentException.class, () -> PagePattern.ofHex("xy"));
    }

    @Test
    void lengthIsOneByteToOnePage() {
        assertThrows(IllegalArgumentException.class, () -> PagePattern.ofText(""));
        assertThrows(IllegalArgumentException.class, () -> PagePattern.of(new byte[4097]));
        assertEquals(4096, PagePattern.of(new byte[4096]).length());
    }

    @Test
    void bytesAreCopied() {
        byte[] bytes = {1, 2};
        PagePattern pattern = PagePattern.of(bytes);
        bytes[0] = 9;
        pattern.bytes()[1] = 9;
        assertArrayEquals(new byte[] {1, 2}, pattern.bytes());
    }

    @Test
    void patternsAreEqualByTheirBytes() {
        assertEquals(PagePattern.ofText("key"), PagePattern.ofHex("6b6579"));
        assertEquals(PagePattern.ofText("key").hashCode(), PagePattern.ofHex("6b6579").hashCode());
        assertNotEquals(PagePattern.ofText("key"), PagePattern.ofText("kez"));
    }

    @Test
    void messageNamesPatternAsTextOrHexAndShortensIt() {
        assertEquals("\"key\"", PagePattern.ofText("key").toString());
        assertEquals("00ff", PagePattern.ofHex("00ff").toString());
        assertEquals(
                "\"" + "k".repeat(32) + "\"… (40 bytes)",
                PagePattern.ofText("k".repeat(40)).toString());
    }
}
