package org.xenimage.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.Trickle;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A reader is in a live migration: it never waits for more than the element it passes on, nor hands
 * it out late.
 */
class ReadAheadTest {
    /** What a reader looks at to find the format. */
    private static final int PEEK = 64;

    static final List<BuiltStream> STREAMS = Scenarios.wellFormed();

    @ParameterizedTest
    @FieldSource("STREAMS")
    void eachElementComesBeforeTheSenderSendsTheNextOne(BuiltStream stream) throws IOException {
        Trickle pipe = Trickle.waiting(stream.bytes());
        pipe.sendUpTo(PEEK);
        try (ImageReader reader = Images.load().open(ChannelSource.over("pipe", pipe))) {
            for (int i = 0; i < stream.parts().size(); i++) {
                String label = stream.parts().get(i).label();
                if (label.equals("bytes after the stream")) {
                    assertInstanceOf(StreamEnd.class, next(reader));
                }
                pipe.sendUpTo(Math.max(PEEK, sentWith(stream, i)));
                if (label.equals("tail")) continue;
                assertEquals(label, next(reader).label());
                if (label.equals("config") && hasLibxl(stream))
                    assertInstanceOf(SiteMetadata.class, next(reader));
            }
        }
    }

    @Test
    void theEndIsToldWhileTheSenderWaitsForAnAnswer() throws IOException {
        BuiltStream stream = StreamBuilder.pv().memory(0).wholeThen(StreamBuilder.GO_AHEAD);
        int end = stream.offset(stream.index("bytes after the stream"));
        Trickle pipe = Trickle.waiting(stream.bytes());
        pipe.sendUpTo(end);
        try (ImageReader reader = Images.load().open(ChannelSource.over("pipe", pipe))) {
            ImageElement last = next(reader);
            while (!(last instanceof StreamEnd)) last = next(reader);
            assertEquals(end, last.offset());
            assertThrows(
                    AssertionError.class,
                    () -> next(reader),
                    "the sender waits: the pipe must tell a read ahead");
        }
    }

    @Test
    void nothingFollowsTheLastElement() throws IOException {
        byte[] bytes = StreamBuilder.hvm().memory(0).complete().bytes();
        try (ImageReader reader =
                Images.load().open(ChannelSource.over("pipe", Trickle.of(bytes, 9)))) {
            while (reader.advance(_ -> {})) {}
            assertFalse(reader.advance(_ -> {}));
        }
    }

    @Test
    void anElementUsedAfterTheReaderWentOnIsAMistakeOfTheProgram() throws IOException {
        byte[] bytes = StreamBuilder.pv().memory(0, 1).complete().bytes();
        List<ImageElement> list = new ArrayList<>();
        try (ImageReader reader =
                Images.load().open(ChannelSource.over("pipe", Trickle.of(bytes, 512)))) {
            reader.drainTo(list::add);
        }
        int tried = 0;
        for (ImageElement element : list) {
            if (element instanceof PageBatch batch)
                assertThrows(IllegalStateException.class, batch::data);
            else if (element instanceof RecordFrame frame)
                assertThrows(IllegalStateException.class, frame::body);
            else continue;
            tried++;
        }
        assertEquals(StreamBuilder.pv().memory(0, 1).complete().parts().size() - 4, tried);
    }

    @Test
    void theConfigStaysGoodUntilTheLibxlStreamBegins() throws IOException {
        byte[] bytes = StreamBuilder.pv().memory(0).complete().bytes();
        List<Config> list = new ArrayList<>();
        try (ImageReader reader =
                Images.load().open(ChannelSource.over("pipe", Trickle.of(bytes, 512)))) {
            while (reader.advance(
                    element -> {
                        if (element instanceof Config config) list.add(config);
                    })) {
                if (!list.isEmpty()) break;
            }
            assertTrue(reader.advance(_ -> {}));
            byte[] config = list.getFirst().bytes().all().toArray(ValueLayout.JAVA_BYTE);
            assertTrue(new String(config, StandardCharsets.UTF_8).contains("\"type\": \"pv\""));
        }
    }

    private static boolean hasLibxl(BuiltStream stream) {
        return stream.parts().stream().anyMatch(part -> part.label().equals("libxl header"));
    }

    /** What precedes the libxl header is read with the toolstack's header, whose length field counts it. */
    private static int sentWith(BuiltStream stream, int index) {
        int until = index;
        if (List.of("xl header", "libvirt header").contains(stream.parts().get(index).label()))
            until = stream.index("libxl header") - 1;
        return stream.offset(until) + stream.parts().get(until).length();
    }

    /** Takes the next element and looks at all of its bytes. */
    private static ImageElement next(ImageReader reader) throws IOException {
        List<ImageElement> taken = new ArrayList<>();
        assertTrue(
                reader.advance(element -> {
                    taken.add(element);
                    if (element instanceof RecordFrame frame)
                        assertEquals(0, frame.padding().byteSize() & ~7L);
                    if (element instanceof PageBatch batch)
                        assertTrue(batch.data().byteSize() >= 0);
                }));
        return taken.getFirst();
    }
}
