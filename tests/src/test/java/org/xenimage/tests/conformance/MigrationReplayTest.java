package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.migrate.Relay;
import org.xenimage.migrate.RelayState;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A live migration that a real xl sent and another answered. */
class MigrationReplayTest {
    @TempDir private Path folder;

    @Test
    void twoRelaysPassARealMigrationUnchanged() throws IOException {
        Path sent = RealImages.file("414-pv.migrate.fwd");
        byte[] answers = Files.readAllBytes(RealImages.file("414-pv.migrate.rev"));
        Path once = folder.resolve("once");
        Path twice = folder.resolve("twice");
        relay(sent, once, answers);
        relay(once, twice, answers);
        assertEquals(-1, Files.mismatch(sent, twice));
    }

    private static void relay(Path from, Path to, byte[] answers) throws IOException {
        try (ChannelSource sender = ChannelSource.open(from);
                ChannelSink receiver = ChannelSink.create(to)) {
            var relay = new Relay(Images.load(), sender, receiver);
            try (ImageReader reader = relay.openImage(ReadOptions.DEFAULT)) {
                relay.passImage(Rewrite.of(reader));
            }
            relay.passRest();
            var back = new ByteArrayOutputStream();
            relay.passAnswers(new ByteArrayInputStream(answers), back);
            assertArrayEquals(answers, back.toByteArray());
            assertEquals(RelayState.Owner.RECEIVER, relay.state().owner());
        }
    }
}
