package org.xenimage.image.foreign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.foreign.BoundedJson.Rules;
import org.xenimage.image.io.HeapBounds;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** JSON of hostile images: what is made from it, what is refused, and in which words. */
class BoundedJsonTest {
    private static final Fault PLACE = Fault.in("web1.save").at(0x30).element("config");
    private static final HeapBounds SMALL = new HeapBounds(HeapBounds.LEAST);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"a\":}",
                "{\"a\" 1}",
                "[]",
                "null",
                "7",
                "\u0000\u0000",
                "{\"a\":\"\\ud8\"}",
                "{\"a\":1e99999999999}",
                "{\"a\":NaN}"
            })
    void whatIsNotAnObjectIsCorrupt(String text) {
        for (Rules rules : Rules.values()) {
            var failure = assertThrows(ImageException.class, () -> parse(text, rules));
            String message = failure.fault().message();
            assertTrue(message.startsWith("web1.save: config at 0x30 is not valid JSON"), message);
            assertFalse(message.contains("com.fasterxml") || message.contains("Source"), message);
        }
    }

    @Test
    void ofANameThatStandsTwiceTheRulesSayWhichCounts() throws ImageException {
        String text = "{\"a\":1,\"b\":{\"a\":3},\"a\":2}";
        assertEquals(1, parse(text, Rules.LIBXL).get("a").asInt());
        assertEquals(2, parse(text, Rules.USUAL).get("a").asInt());
        assertEquals(List.of("a"), BoundedJson.repeated(segment(text), PLACE, 8));
        assertThrows(CorruptImage.class, () -> parse(text + "{}", Rules.LIBXL));
        assertEquals(2, parse(text + "{}", Rules.USUAL).get("a").asInt());
    }

    @Test
    void numbersKeepTheirDigits() throws ImageException {
        String text = "{\"a\":1.0,\"b\":18446744073709551615,\"c\":0.1000000000000000055511151}";
        assertEquals(text, parse(text, Rules.LIBXL).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{},", "[],", "0,", "\"a\",", "1e400,", "[[[]]],", "{\"a\":{}},"})
    void aTreeLargerThanItsShareOfTheHeapIsRefused(String item) {
        String text = "{\"a\":[" + item.repeat(3_000_000 / item.length()) + "0]}";
        var failure = assertThrows(LimitExceeded.class, () -> parse(text, Rules.LIBXL));
        assertTrue(String.valueOf(failure.getMessage()).contains("-Xmx256m"), failure::getMessage);
    }

    @Test
    void valuesAreFoundWithoutATree() throws ImageException {
        String filler = "\"x\":[" + "{\"name\":\"no\"},".repeat(300_000) + "0],";
        String text = "{" + filler + "\"c_info\":{\"name\":\"web1\",\"n\":{\"name\":1}},\"mem\":7}";
        assertEquals(
                Map.of("c_info/name", "web1", "mem", "7"),
                BoundedJson.find(
                        segment(text), PLACE, Set.of("c_info/name", "mem", "c_info/uuid")));
        BoundedJson.check(segment(text), PLACE);
        assertThrows(
                CorruptImage.class, () -> BoundedJson.check(segment(text.substring(9)), PLACE));
        assertThrows(
                CorruptImage.class,
                () -> BoundedJson.check(segment(text.substring(0, text.length() - 1)), PLACE));
    }

    @Test
    void deepNestingIsRefusedNotRun() {
        String text = "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        var refused = assertThrows(CorruptImage.class, () -> parse(text, Rules.USUAL));
        String reason = String.valueOf(refused.getMessage());
        assertFalse(reason.contains("`") || reason.contains("Constraints"), reason);
        assertThrows(CorruptImage.class, () -> BoundedJson.check(segment(text), PLACE));
    }

    @Test
    void whateverALibraryThrowsBecomesACorruptImage() {
        for (Exception thrown :
                new Exception[] {
                    new IllegalArgumentException("com.example.frame.Decoder$1: bad\nat [Source: x"),
                    new IndexOutOfBoundsException(),
                    new java.security.GeneralSecurityException("no"),
                    new java.io.CharConversionException("bad")
                }) {
            var failure =
                    assertThrows(
                            CorruptImage.class,
                            () ->
                                    LibraryCall.decode(
                                            PLACE,
                                            "a frame",
                                            () -> {
                                                throw thrown;
                                            }));
            assertEquals(1, String.valueOf(failure.getMessage()).lines().count());
            assertFalse(
                    String.valueOf(failure.getMessage()).contains("com.example"),
                    failure::getMessage);
        }
        assertThrows(
                java.nio.file.NoSuchFileException.class,
                () ->
                        LibraryCall.decode(
                                PLACE,
                                "a frame",
                                () -> {
                                    throw new java.nio.file.NoSuchFileException("x");
                                }));
    }

    private static MemorySegment segment(String text) {
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
    }

    private static com.fasterxml.jackson.databind.node.ObjectNode parse(String text, Rules rules)
            throws ImageException {
        return BoundedJson.object(segment(text), rules, PLACE, new TreeBudget(SMALL));
    }
}
