package org.xenimage.image.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

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
                "web1.save: record PAGE_DATA at 0x914: body_length at most 0x8000000, found 0x9000000;"
                        + " the stream is corrupt",
                WHOLE.message());
        assertEquals(
                "web1.save: record PAGE_DATA at 0x914: body_length is odd: expected at most 0x8000000, found 0x9000000;"
                        + " the stream is corrupt",
                WHOLE.problem("is odd").message());
        assertEquals(
                "web1.save: at 0x10: expected none",
                Fault.in("web1.save").at(16).expected("none").message());
        assertEquals("web1.save: found 2", Fault.in("web1.save").found("2").message());
    }

    @Test
    void anExceptionCarriesItsFault() {
        var failure = new CorruptImage(WHOLE);
        assertEquals(WHOLE, failure.fault());
        assertEquals(WHOLE.message(), failure.getMessage());
    }

    @Property(seed = "1")
    void whateverStandsInAnImageOrAFileNameTheMessageIsOneLine(
            @ForAll String name, @ForAll String found) {
        Fault fault = Fault.in(name).element("config").found(found + "\n\u2028" + name);
        assertEquals(1, fault.message().lines().count());
    }
}
