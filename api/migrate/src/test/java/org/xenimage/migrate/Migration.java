package org.xenimage.migrate;

import org.xenimage.image.Images;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.tests.testkit.Trickle;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;

/** A relay between arrays of bytes. */
final class Migration {
    /** What the receiver of a migration that goes well says, its status included. */
    static final byte[] GOOD_ANSWERS = answers(0);

    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    final ByteArrayOutputStream back = new ByteArrayOutputStream();
    final Relay relay;

    Migration(ReadableByteChannel sender) {
        relay =
                new Relay(
                        Images.load(),
                        ChannelSource.over("sender", sender),
                        ChannelSink.over("receiver", Channels.newChannel(received)));
    }

    /** One whose sender has sent everything, in pieces. */
    static Migration of(byte... stream) {
        return new Migration(Trickle.of(stream, 777));
    }

    Migration image(ImageTransform transform) throws IOException {
        try (ImageReader reader = relay.openImage(ReadOptions.DEFAULT)) {
            relay.passImage(Rewrite.of(reader).unguarded().through(transform));
        }
        return this;
    }

    Migration rest() throws IOException {
        relay.passRest();
        return this;
    }

    Migration answers(byte... answers) throws IOException {
        relay.passAnswers(new ByteArrayInputStream(answers), back);
        return this;
    }

    /** All messages of a receiver. */
    static byte[] answers(int status) {
        var all = new ByteArrayOutputStream();
        all.writeBytes(HandshakeMessage.BANNER.bytes());
        all.writeBytes(HandshakeMessage.READY.bytes());
        all.writeBytes(HandshakeMessage.REPORT.bytes());
        all.write(status);
        return all.toByteArray();
    }
}
