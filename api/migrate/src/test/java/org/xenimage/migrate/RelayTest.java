package org.xenimage.migrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.record.RecordType;
import org.xenimage.migrate.RelayState.Owner;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.Trickle;
import org.xenimage.tests.testkit.XenReceiver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

class RelayTest {
    private static final ImageTransform REFUSING_AT_THE_END =
            new ImageTransform() {
                @Override
                public void accept(ImageElement element, ImageSink down) throws IOException {
                    down.accept(element);
                }

                @Override
                public void atEnd(ImageSink down) throws IOException {
                    throw veto();
                }
            };

    static Stream<org.xenimage.tests.testkit.BuiltStream> migrations() {
        return Stream.of(
                StreamBuilder.pv().memory(0, 1, 2).wholeThen(StreamBuilder.GO_AHEAD),
                StreamBuilder.hvm().memory(0, 1, 2).wholeThen(StreamBuilder.GO_AHEAD),
                StreamBuilder.pv()
                        .memory(0, 1, 2, 3)
                        .memory(1, 2)
                        .memory(2)
                        .wholeThen(StreamBuilder.GO_AHEAD),
                StreamBuilder.pv()
                        .memory(0, 1, 2)
                        .verifyRound(0, 1, 2)
                        .wholeThen(StreamBuilder.GO_AHEAD),
                StreamBuilder.hvm().everyPageType().version(2).wholeThen(StreamBuilder.GO_AHEAD),
                StreamBuilder.pv().narrow().bigEndian().memory(3).wholeThen(StreamBuilder.GO_AHEAD),
                StreamBuilder.pv()
                        .memory(5)
                        .wholeThen(StreamBuilder.GO_AHEAD + "and more\0than xl says"),
                StreamBuilder.pv().memory(5).wholeThen("something else"),
                StreamBuilder.hvm()
                        .memory(0, 1)
                        .checkpoint()
                        .memory(1)
                        .checkpoint()
                        .memory(1)
                        .complete(),
                StreamBuilder.pv().from(StreamBuilder.Outermost.LIBXL).memory(1).wholeThen("x"),
                StreamBuilder.pv().from(StreamBuilder.Outermost.LIBXC).memory(1).wholeThen("x"));
    }

    @ParameterizedTest
    @MethodSource("migrations")
    void withoutATransformEveryBytePasses(org.xenimage.tests.testkit.BuiltStream stream)
            throws IOException {
        for (int step : new int[] {1, 7, 4096, 1 << 20}) {
            var migration = new Migration(Trickle.of(stream.bytes(), step));
            migration.image(ImageTransform.IDENTITY).rest();
            assertArrayEquals(stream.bytes(), migration.received.toByteArray());
        }
    }

    @ParameterizedTest
    @MethodSource("migrations")
    void twoRelaysInARowPassEveryByte(org.xenimage.tests.testkit.BuiltStream stream)
            throws IOException {
        var first = Migration.of(stream.bytes());
        first.image(ImageTransform.IDENTITY).rest();
        var second = Migration.of(first.received.toByteArray());
        second.image(ImageTransform.IDENTITY).rest();
        assertArrayEquals(stream.bytes(), second.received.toByteArray());
    }

    @Test
    void theEndIsWithTheReceiverBeforeTheSenderSaysMore() throws IOException {
        byte[] image = StreamBuilder.pv().memory(0, 1).verifyRound(0, 1).complete().bytes();
        byte[] all =
                StreamBuilder.pv()
                        .memory(0, 1)
                        .verifyRound(0, 1)
                        .wholeThen(StreamBuilder.GO_AHEAD)
                        .bytes();
        var sender = Trickle.waiting(all);
        sender.sendUpTo(image.length);
        var migration = new Migration(sender);
        migration.image(ImageTransform.IDENTITY);
        assertArrayEquals(image, migration.received.toByteArray());
        assertEquals(new RelayState.Ended(image.length, false), migration.relay.state());
    }

    @Test
    void everyElementIsWithTheReceiverBeforeTheNextIsSent() throws IOException {
        var stream = StreamBuilder.hvm().memory(0, 1).memory(1).verifyRound(0, 1).complete();
        byte[] bytes = stream.bytes();
        var sender = Trickle.waiting(bytes);
        // Nothing goes to libxl before libxc's header is there.
        int libxc = stream.index("libxc header");
        int end = stream.index("record END");
        sender.sendUpTo(stream.offset(libxc + 1));
        var migration = new Migration(sender);
        ImageTransform sendingOn =
                (element, down) -> {
                    down.accept(element);
                    if (element instanceof RecordFrame frame
                            && frame.type().equals(RecordType.END)) {
                        // It waits here, and all that follows with it.
                        assertEquals(element.offset(), migration.received.size());
                        sender.sendUpTo(bytes.length);
                        return;
                    }
                    boolean inLibxc =
                            element.offset() >= stream.offset(libxc)
                                    && element.offset() < stream.offset(end);
                    if (!inLibxc) return;
                    int next = 0;
                    while (stream.offset(next) <= element.offset()) next++;
                    assertEquals(stream.offset(next), migration.received.size());
                    sender.sendUpTo(stream.offset(next + 1));
                };
        migration.image(sendingOn);
        assertArrayEquals(bytes, migration.received.toByteArray());
    }

    @Test
    void aRefusalAtTheVeryEndKeepsTheEndOfEveryLayerBack() throws IOException {
        var stream = StreamBuilder.pv().memory(0, 1).complete();
        var migration = Migration.of(stream.bytes());
        assertThrows(PolicyRejected.class, () -> migration.image(REFUSING_AT_THE_END));
        byte[] withoutEnd =
                Arrays.copyOf(stream.bytes(), stream.offset(stream.index("record END")));
        assertArrayEquals(withoutEnd, migration.received.toByteArray());
        assertEquals(new RelayState.Refused(withoutEnd.length, 0), migration.relay.state());
        assertEquals(Owner.SOURCE, migration.relay.state().owner());
        migration.relay.refuse();
        assertEquals(
                XenReceiver.Verdict.FAILED,
                XenReceiver.verdict(StreamBuilder.Outermost.XL, migration.received.toByteArray()));
    }

    @Test
    void aRelayThatIsStoppedInTimePassesNoEndOn() throws IOException {
        byte[] image = StreamBuilder.hvm().memory(0, 1).complete().bytes();
        var migration = Migration.of(image);
        ImageTransform stopping =
                (element, down) -> {
                    down.accept(element);
                    if (element instanceof StreamEnd) assertTrue(migration.relay.stop());
                };
        assertThrows(IOException.class, () -> migration.image(stopping));
        migration.relay.refuse();
        assertEquals(Owner.SOURCE, migration.relay.state().owner());
        assertEquals(
                XenReceiver.Verdict.FAILED,
                XenReceiver.verdict(StreamBuilder.Outermost.XL, migration.received.toByteArray()));
    }

    @Test
    void aRelayThatAgreedCannotBeStopped() throws IOException {
        var migration = Migration.of(StreamBuilder.hvm().memory(0, 1).complete().bytes());
        migration.image(ImageTransform.IDENTITY);
        assertFalse(migration.relay.stop());
        assertEquals(
                XenReceiver.Verdict.STARTED,
                XenReceiver.verdict(StreamBuilder.Outermost.XL, migration.received.toByteArray()));
    }

    @Test
    void aRefusalInMidStreamKeepsWhatFollowsBack() {
        var stream = StreamBuilder.hvm().memory(0, 1).complete();
        var migration = Migration.of(stream.bytes());
        ImageTransform refusing =
                (element, down) -> {
                    if (element instanceof RecordFrame frame
                            && frame.type().equals(RecordType.HVM_CONTEXT)) throw veto();
                    down.accept(element);
                };
        assertThrows(PolicyRejected.class, () -> migration.image(refusing));
        int at = stream.offset(stream.index("record HVM_CONTEXT"));
        assertArrayEquals(Arrays.copyOf(stream.bytes(), at), migration.received.toByteArray());
    }

    @Test
    void aSenderThatClosesEarlyIsATruncatedImage() {
        byte[] image = StreamBuilder.pv().memory(0, 1).complete().bytes();
        for (int at = 0; at < image.length; at += 61) {
            var migration = Migration.of(Arrays.copyOf(image, at));
            assertThrows(
                    TruncatedImage.class, () -> migration.image(ImageTransform.IDENTITY), "" + at);
            assertEquals(Owner.SOURCE, migration.relay.state().owner());
            assertTrue(migration.received.size() <= at);
        }
    }

    @Test
    void aSenderThatGoesAwayBehindACheckpointLeavesTheGuestToTheReceiver() throws IOException {
        byte[] bytes = StreamBuilder.hvm().memory(0, 1).checkpoint().memory(1).unfinished().bytes();
        byte[] cut = Arrays.copyOf(bytes, bytes.length - 100);
        var migration = Migration.of(cut);
        migration.image(ImageTransform.IDENTITY);
        assertArrayEquals(cut, migration.received.toByteArray());
        assertEquals(new RelayState.Ended(cut.length, true), migration.relay.state());
        assertEquals(Owner.RECEIVER, migration.relay.state().owner());
    }

    @Test
    void aRefusalBehindACheckpointLeavesTheGuestUndecided() {
        var migration =
                Migration.of(
                        StreamBuilder.hvm().memory(0).checkpoint().memory(1).complete().bytes());
        var batches = new AtomicInteger();
        ImageTransform refusing =
                (element, down) -> {
                    if (element instanceof PageBatch && batches.incrementAndGet() == 2)
                        throw veto();
                    down.accept(element);
                };
        assertThrows(PolicyRejected.class, () -> migration.image(refusing));
        assertInstanceOf(RelayState.Refused.class, migration.relay.state());
        assertEquals(Owner.UNDECIDED, migration.relay.state().owner());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 60, 1 << 16})
    void answersPassByteForByteHoweverTheyCome(int step) throws IOException {
        for (byte[] output :
                new byte[][] {
                    Migration.GOOD_ANSWERS,
                    Migration.answers(3),
                    "Permission denied.\n".getBytes(StandardCharsets.US_ASCII),
                    {},
                    {0, -1, 2}
                }) {
            var migration = Migration.of();
            migration.relay.passAnswers(inPieces(output, step), migration.back);
            assertArrayEquals(output, migration.back.toByteArray());
        }
    }

    @Test
    void eachStepOfAGoodMigrationIsKnown() throws IOException {
        byte[] image = StreamBuilder.pv().memory(0).complete().bytes();
        var migration =
                Migration.of(
                        StreamBuilder.pv().memory(0).wholeThen(StreamBuilder.GO_AHEAD).bytes());
        assertEquals(new RelayState.Waiting(), migration.relay.state());
        migration.image(ImageTransform.IDENTITY);
        assertEquals(new RelayState.Ended(image.length, false), migration.relay.state());
        byte[] good = Migration.GOOD_ANSWERS;
        int ready = HandshakeMessage.BANNER.bytes().length + HandshakeMessage.READY.bytes().length;
        Relay relay = migration.relay;
        relay.passAnswers(
                new ByteArrayInputStream(Arrays.copyOf(good, ready)),
                OutputStream.nullOutputStream());
        assertEquals(new RelayState.Received(image.length), relay.state());
        assertEquals(Owner.SOURCE, relay.state().owner());
        migration.rest();
        assertEquals(new RelayState.GivenAway(image.length), relay.state());
        assertEquals(Owner.UNDECIDED, relay.state().owner());
        migration.answers(good);
        assertEquals(new RelayState.Reported(image.length, 0), relay.state());
        assertEquals(Owner.RECEIVER, relay.state().owner());
    }

    @Test
    void aReceiverThatCannotStartTheGuestGivesItBack() throws IOException {
        var migration =
                Migration.of(
                        StreamBuilder.pv().memory(0).wholeThen(StreamBuilder.GO_AHEAD).bytes());
        migration.image(ImageTransform.IDENTITY).rest().answers(Migration.answers(7));
        assertEquals(Owner.SOURCE, migration.relay.state().owner());
        assertEquals(7, ((RelayState.Reported) migration.relay.state()).status());
    }

    @Test
    void aBannerThatIsNoneIsToldAndPassedOn() throws IOException {
        byte[] output = "xl migration receiver: no such host\n".getBytes(StandardCharsets.US_ASCII);
        var migration = Migration.of();
        migration.answers(output);
        assertArrayEquals(output, migration.back.toByteArray());
        assertEquals(new RelayState.Misunderstood(21), migration.relay.state());
        assertThrows(TruncatedImage.class, () -> migration.image(ImageTransform.IDENTITY));
        assertEquals(new RelayState.Misunderstood(21), migration.relay.state());
    }

    private static InputStream inPieces(byte[] bytes, int step) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] into, int at, int length) {
                return super.read(into, at, Math.min(length, step));
            }
        };
    }

    private static ImageException veto() {
        return new PolicyRejected(Fault.in("test").problem("vetoed"));
    }
}
