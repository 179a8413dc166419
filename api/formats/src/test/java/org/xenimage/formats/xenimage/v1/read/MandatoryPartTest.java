package org.xenimage.formats.xenimage.v1.read;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.chunk.Chunk;
import org.xenimage.formats.xenimage.v1.read.NativeExtras.Part;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** A mandatory section that a stream did not name in its front is refused at its head, not when all has been read. */
class MandatoryPartTest {
    private static final Fault PLACE = Fault.in("image");

    private static Part part(boolean mandatory) {
        byte[] content = new byte[3 * Native.PIECE];
        new Random(5).nextBytes(content);
        return Part.of(
                SiteSection.of(
                        "example.large", "binary", mandatory, MemorySegment.ofArray(content)),
                new Chunk.WriteChoice(false, 0, Optional.empty()));
    }

    private static NativeExtras with(Part part, int bytes) throws IOException {
        var extras = new NativeExtras();
        extras.takePart(NativeExtras.part(part, 0, bytes), PLACE);
        return extras;
    }

    @Test
    void aMandatorySectionIsRefusedAtItsHead() throws IOException {
        try (NativeExtras extras = with(part(true), 1024)) {
            ImageException refused =
                    assertThrows(
                            ImageException.class,
                            () -> extras.requireKnownSoFar(SectionRegistry.NONE));
            assertTrue(refused.fault().message().contains("example.large"), refused.toString());
        }
    }

    @Test
    void whatIsKnownOrOptionalOrNotYetThereIsRead() throws IOException {
        var known = new SectionRegistry(Set.of("example.large"), false);
        try (NativeExtras extras = with(part(true), 1024)) {
            extras.requireKnownSoFar(known);
        }
        try (NativeExtras extras = with(part(false), 1024)) {
            extras.requireKnownSoFar(SectionRegistry.NONE);
        }
        try (NativeExtras extras = with(part(true), 20)) {
            extras.requireKnownSoFar(SectionRegistry.NONE);
        }
    }
}
