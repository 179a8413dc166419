package org.xenimage.formats;

import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Verifier;
import org.xenimage.tests.testkit.Trickle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;

/**
 * What a reader notified of an image: its elements in order, what a verifier found, and the copy
 * that a writer made.
 */
record Transcript(List<Line> lines, List<Finding> findings, Copy copy) {
    private static final Images IMAGES = Images.load();

    /** One element: what it is called and where it is. */
    record Line(String label, long offset) {
        @Override
        public String toString() {
            return "%s at 0x%x".formatted(label, offset);
        }
    }

    /** Bytes that a writer put down. */
    static final class Copy {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        byte[] bytes() {
            return bytes.toByteArray();
        }
    }

    /** Reads, verifies and copies an image that comes through a pipe, a few bytes at a time. */
    static Transcript ofPipe(byte[] bytes, int step) throws IOException {
        return of(ChannelSource.over("pipe", Trickle.of(bytes, step)));
    }

    /** Reads, verifies and copies an image. */
    static Transcript of(ByteSource source) throws IOException {
        var transcript = new Transcript(new ArrayList<>(), new ArrayList<>(), new Copy());
        var verifier = new Verifier(source.name(), Reading.VERIFY, transcript.findings::add);
        try (ImageReader reader = IMAGES.open(source);
                var sink = ChannelSink.over("copy", Channels.newChannel(transcript.copy.bytes));
                var writer = reader.format().write(sink)) {
            while (reader.advance(
                    element -> {
                        transcript.note(element);
                        verifier.accept(element);
                        writer.accept(element);
                    })) {}
            verifier.end();
            writer.end();
        }
        return transcript;
    }

    /** The elements that have bytes of their own in the stream. */
    List<String> elements() {
        return lines.stream()
                .filter(line ->
                        !line.label().equals("end of the stream")
                                && !line.label().equals("site metadata"))
                .map(Line::toString)
                .toList();
    }

    /** How the stream ended, if the reader came so far. */
    boolean tells(String label) {
        return lines.stream().anyMatch(line -> line.label().equals(label));
    }

    private void note(ImageElement element) {
        String label =
                element instanceof StreamEnd end && end.ending() == StreamEnd.Ending.SENDER_GONE
                        ? "sender gone"
                        : element.label();
        boolean goesOn = element instanceof TrailingBytes && tells(label);
        if (!goesOn) lines.add(new Line(label, element.offset()));
    }
}
