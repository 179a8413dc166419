package org.xenimage.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.Trickle;
import org.xenimage.tests.testkit.XenReceiver;
import org.xenimage.tests.testkit.XenReceiver.Verdict;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** A receiver that is fed through a pipe starts no guest whose image was not agreed to. */
class EndGateTest {
    private static final Images IMAGES = Images.load();

    private final ByteArrayOutputStream received = new ByteArrayOutputStream();

    /** A stream and the layer with which it begins. */
    record Scenario(StreamBuilder.Outermost outermost, BuiltStream stream) {
        @Override
        public String toString() {
            return stream.toString();
        }
    }

    private static Scenario of(StreamBuilder.Outermost outermost, BuiltStream stream) {
        return new Scenario(outermost, stream);
    }

    static java.util.stream.Stream<Scenario> scenarios() {
        var xl = StreamBuilder.Outermost.XL;
        var libxl = StreamBuilder.Outermost.LIBXL;
        var libxc = StreamBuilder.Outermost.LIBXC;
        return java.util.stream.Stream.of(
                of(xl, StreamBuilder.pv().memory(0, 1).complete()),
                of(xl, StreamBuilder.hvm().memory(0).complete()),
                of(xl, StreamBuilder.hvm().version(2).memory(0).complete()),
                of(xl, StreamBuilder.pv().memory(0, 1).memory(1).verifyRound(0).complete()),
                of(xl, StreamBuilder.pv().memory(0).wholeThen(StreamBuilder.GO_AHEAD)),
                of(
                        xl,
                        StreamBuilder.hvm()
                                .memory(0)
                                .checkpoint()
                                .memory(1)
                                .checkpoint()
                                .complete()),
                of(xl, StreamBuilder.pv().memory(0).checkpoint().memory(0).complete()),
                of(libxl, StreamBuilder.pv().from(libxl).memory(0).complete()),
                of(libxl, StreamBuilder.hvm().bigEndian().from(libxl).memory(0).complete()),
                of(
                        libxl,
                        StreamBuilder.hvm()
                                .from(libxl)
                                .memory(0)
                                .checkpoint()
                                .memory(1)
                                .complete()),
                of(libxc, StreamBuilder.hvm().from(libxc).memory(0).complete()),
                of(libxc, StreamBuilder.pv().from(libxc).bigEndian().memory(0).complete()),
                of(
                        libxc,
                        StreamBuilder.pv()
                                .from(libxc)
                                .memory(0)
                                .checkpoint()
                                .memory(1)
                                .complete()));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void whatIsAgreedToArrivesUnchanged(Scenario scenario) throws IOException {
        pass(ImageTransform.IDENTITY, scenario.stream().bytes());
        assertArrayEquals(scenario.stream().bytes(), received.toByteArray());
        assertEquals(Verdict.STARTED, verdict(scenario));
    }

    /** Before the gate this was the fault: libxl takes the end of the file for END. */
    @ParameterizedTest
    @MethodSource("scenarios")
    void withoutTheGateTheReceiverStartsWhatLacksItsLastRecord(Scenario scenario) {
        if (scenario.outermost() == StreamBuilder.Outermost.LIBXC)
            return; // libxc is not so forgiving.
        byte[] complete = scenario.stream().bytes();
        int end = scenario.stream().offset(scenario.stream().lastIndex("record libxl END"));
        byte[] cut = Arrays.copyOf(complete, end);
        assertEquals(Verdict.STARTED, XenReceiver.verdict(scenario.outermost(), cut));
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void aRefusalAfterAnyElementStartsNoGuest(Scenario scenario) throws IOException {
        byte[] complete = scenario.stream().bytes();
        for (int allowed = 0; ; allowed++) {
            received.reset();
            if (!refusedAfter(allowed, complete)) break;
            assertEquals(Verdict.FAILED, verdict(scenario), "after " + allowed + " elements");
        }
    }

    /** Whether the image has more than so many elements. */
    private boolean refusedAfter(int allowed, byte... complete) throws IOException {
        var seen = new AtomicInteger();
        ImageTransform refusing =
                (element, down) -> {
                    if (seen.getAndIncrement() == allowed) throw new Refused();
                    down.accept(element);
                };
        try {
            pass(refusing, complete);
            return false;
        } catch (Refused e) {
            return true;
        }
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void aRefusalAtTheVeryEndStartsNoGuest(Scenario scenario) {
        var refusing =
                new ImageTransform() {
                    @Override
                    public void accept(ImageElement element, ImageSink down) throws IOException {
                        down.accept(element);
                    }

                    @Override
                    public void atEnd(ImageSink down) throws IOException {
                        throw new Refused();
                    }
                };
        assertThrows(Refused.class, () -> pass(refusing, scenario.stream().bytes()));
        assertEquals(Verdict.FAILED, verdict(scenario));
    }

    /**
     * A truncated checkpointed stream is not a fault: there the sender is gone, and the last
     * checkpoint is the guest.
     */
    @ParameterizedTest
    @MethodSource("scenarios")
    void anImageCutAnywhereStartsNoGuest(Scenario scenario) throws IOException {
        byte[] complete = scenario.stream().bytes();
        int end = scenario.stream().bytes().length;
        if (scenario.stream().parts().getLast().label().equals("bytes after the stream"))
            end = scenario.stream().offset(scenario.stream().parts().size() - 1);
        for (int length = 0; length < end; length++) {
            received.reset();
            try {
                pass(ImageTransform.IDENTITY, Arrays.copyOf(complete, length));
                assertTrue(scenario.stream().name().contains("checkpoint"), "cut at " + length);
            } catch (IOException e) {
                assertEquals(Verdict.FAILED, verdict(scenario), "cut at " + length);
            }
        }
    }

    @Test
    void theEndWaitsAndNothingElseDoes() throws IOException {
        BuiltStream stream = StreamBuilder.hvm().memory(0, 1).memory(1).complete();
        int end = stream.offset(stream.lastIndex("record END"));
        try (ImageReader reader = open(stream.bytes());
                ImageWriter writer = reader.format().write(sink())) {
            var ended = new AtomicInteger();
            while (reader.advance(
                    element -> {
                        writer.accept(element);
                        if (element instanceof RecordFrame frame
                                && frame.type().equals(RecordType.END)) ended.set(1);
                        boolean libxc =
                                element.offset() >= stream.offset(stream.index("libxc header"));
                        if (libxc && ended.get() == 0) {
                            int next = 0;
                            while (stream.offset(next) <= element.offset()) next++;
                            assertEquals(stream.offset(next), received.size(), element.label());
                        }
                    })) {}
            assertEquals(end, received.size());
            writer.end();
        }
        assertArrayEquals(stream.bytes(), received.toByteArray());
    }

    @Test
    void theStateOfALargeDeviceModelWaitsInAFile() throws IOException {
        byte[] state = new byte[5 << 20];
        for (int i = 0; i < state.length; i++) state[i] = (byte) ((i * 31) >> 8);
        BuiltStream stream = StreamBuilder.hvm().memory(0).complete();
        BuiltStream large =
                stream.before(
                        "record libxl END",
                        StreamBuilder.hvm().framed("libxl EMULATOR_CONTEXT", 0x03, 8, state));
        pass(ImageTransform.IDENTITY, large.bytes());
        assertArrayEquals(large.bytes(), received.toByteArray());
    }

    @Test
    void anImageThatIsCutIsToldAsSuchAlthoughTheReceiverIsGone() {
        BuiltStream stream = StreamBuilder.pv().memory(0, 1).complete();
        byte[] cut = Arrays.copyOf(stream.bytes(), stream.bytes().length - 8);
        ByteSink broken =
                new ByteSink() {
                    private long position;

                    @Override
                    public String name() {
                        return "broken";
                    }

                    @Override
                    public long position() {
                        return position;
                    }

                    @Override
                    public void write(MemorySegment... segments) throws IOException {
                        for (MemorySegment bytes : segments) position += bytes.byteSize();
                        if (segments[0].byteSize() == 8
                                && segments[0].toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)[3]
                                        == 0x7f) throw new IOException("Broken pipe");
                    }

                    @Override
                    public void close() {}
                };
        TruncatedImage output =
                assertThrows(
                        TruncatedImage.class,
                        () -> {
                            try (ImageReader reader = open(cut);
                                    ImageWriter writer = reader.format().write(broken)) {
                                reader.drainTo(writer);
                            }
                        });
        assertEquals("Broken pipe", output.getSuppressed()[0].getMessage());
    }

    private Verdict verdict(Scenario scenario) {
        return XenReceiver.verdict(scenario.outermost(), received.toByteArray());
    }

    private void pass(ImageTransform transform, byte... bytes) throws IOException {
        try (ImageReader reader = open(bytes);
                ImageWriter writer = reader.format().write(sink())) {
            reader.drainTo(transform.onto(writer));
        }
    }

    private static ImageReader open(byte... bytes) throws IOException {
        return IMAGES.open(ChannelSource.over("test", Trickle.of(bytes, 4096)));
    }

    private ChannelSink sink() {
        return ChannelSink.over("receiver", Channels.newChannel(received));
    }

    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;
    }
}
