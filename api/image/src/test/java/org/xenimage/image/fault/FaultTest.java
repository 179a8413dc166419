package org.xenimage.image.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A message says where, what was expected and found, and what to do, in one line. */
class FaultTest {
    private static final Fault WHOLE =
            Fault.in("web1.save")
                    .at(0x914)
                    .element("record PAGE_DATA")
                    .field("body_length")
                    .expected("at most 0x8000000")
                    .found(0x9000000)
                    .remedy("the stream is corrupt");

    @Test
    void everyPartHasItsPlace() {
        assertEquals(
                "web1.save: record PAGE_DATA at 0x914: body_length: expected at most 0x8000000, found 0x9000000;"
                        + " the stream is corrupt",
                WHOLE.message());
        assertEquals(
                "web1.save: record PAGE_DATA at 0x914: body_length is odd: expected at most 0x8000000, found 0x9000000;"
                        + " the stream is corrupt",
                WHOLE.problem("is odd").message());
        assertEquals(
                "web1.save: at 0x10: expected none",
                Fault.in("web1.save").at(16).expected("none").message());
        assertEquals(
                "web1.save: record END at 0x10 is truncated: expected 8 bytes",
                Fault.in("web1.save")
                        .at(16)
                        .element("record END")
                        .problem("is truncated")
                        .expected("8 bytes")
                        .message());
        assertEquals("web1.save: found 2", Fault.in("web1.save").found("2").message());
    }

    @Test
    void anExceptionCarriesItsFault() {
        var failure = new CorruptImage(WHOLE);
        assertEquals(WHOLE, failure.fault());
        assertEquals(WHOLE.message(), failure.getMessage());
    }

    /** Texts of any code units: all controls, and then whatever the seed gives. */
    static Stream<String> texts() {
        var random = new Random(1);
        Stream<String> controls =
                Stream.iterate(0, code -> code <= 0x2030, code -> code + 1)
                        .filter(code -> Character.isISOControl(code) || code >= 0x2020)
                        .map(code -> "a" + (char) (int) code + "b");
        Stream<String> any =
                Stream.generate(() ->
                                random.ints(random.nextInt(40), 0, 0x10000)
                                        .collect(
                                                StringBuilder::new,
                                                (text, unit) -> text.append((char) unit),
                                                StringBuilder::append)
                                        .toString())
                        .limit(200);
        return Stream.concat(controls, any);
    }

    @ParameterizedTest
    @MethodSource("texts")
    void whateverIsInAnImageOrAFileNameTheMessageIsOneLine(String text) {
        for (String name : List.of("web1.save", text)) {
            checkOneLine(name, text);
        }
    }

    private static void checkOneLine(String name, String found) {
        Fault fault = Fault.in(name).element("config").found(found + "\n\u2028" + name);
        assertEquals(1, fault.message().lines().count());
    }
}
