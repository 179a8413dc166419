package org.xenimage.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.tests.testkit.Streams;
import org.xenimage.tests.testkit.Trickle;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

class HeldEndTest {
    private final List<ImageElement> passed = new ArrayList<>();
    private final HeldEnd end = new HeldEnd(passed::add);

    @Test
    void onlyTheEndOfTheOutermostLayerWaits() throws IOException {
        read(Streams.hvm().memory(0).whole().bytes());
        assertTrue(end.complete());
        assertTrue(passed.stream().anyMatch(element -> isRecord(element, RecordType.END)));
        assertFalse(passed.stream().anyMatch(element -> isRecord(element, RecordType.LIBXL_END)));
        end.end();
        assertTrue(isRecord(passed.get(passed.size() - 2), RecordType.LIBXL_END));
        assertTrue(passed.getLast() instanceof StreamEnd);
    }

    @Test
    void aBareLibxcStreamEndsWithItsOwnEnd() throws IOException {
        read(Streams.pv().from(Streams.Outermost.LIBXC).memory(0).whole().bytes());
        assertFalse(passed.stream().anyMatch(element -> isRecord(element, RecordType.END)));
        end.end();
        assertTrue(isRecord(passed.get(passed.size() - 2), RecordType.END));
    }

    @Test
    void anEndThatWasNotGivenIsNotPassedOn() {
        assertThrows(TruncatedImage.class, end::end);
        assertEquals(List.of(), passed);
    }

    private void read(byte... bytes) throws IOException {
        try (ImageReader reader =
                Images.load().open(ChannelSource.over("test", Trickle.of(bytes, 4096)))) {
            while (!end.complete()) assertTrue(reader.advance(end));
        }
    }

    private static boolean isRecord(ImageElement element, RecordType type) {
        return element instanceof RecordFrame frame && frame.type().equals(type);
    }
}
