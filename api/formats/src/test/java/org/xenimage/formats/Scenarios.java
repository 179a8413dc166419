package org.xenimage.formats;

import org.xenimage.tests.testkit.Stream;
import org.xenimage.tests.testkit.Streams;
import org.xenimage.tests.testkit.Streams.Outermost;

import java.util.List;

/** The streams that all tests of the codecs share. */
final class Scenarios {
    private Scenarios() {}

    /** Each kind of stream, well formed. */
    static List<Stream> wellFormed() {
        return List.of(
                Streams.pv().memory(0, 1).whole(),
                Streams.pv().version(2).memory(0, 1).whole(),
                Streams.pv().narrow().everyPageType().whole(),
                Streams.pv().bigEndian().memory(0).whole(),
                Streams.pv().tail(new byte[] {1, 2, 3}).memory(0).whole(),
                Streams.pv().from(Outermost.LIBXL).everyPageType().whole(),
                Streams.pv().from(Outermost.LIBXC).memory(0).whole(),
                Streams.pv().memory(0, 1, 2).memory(1).memory(1, 2).verifyRound(0, 1, 2).whole(),
                Streams.pv().memory(0).wholeThen(Streams.GO_AHEAD),
                Streams.hvm().memory(0, 1).whole(),
                Streams.hvm().version(2).memory(0, 1).whole(),
                Streams.hvm().bigEndian().from(Outermost.LIBXL).memory(0).whole(),
                Streams.hvm().from(Outermost.LIBXC).version(2).memory(0).whole(),
                Streams.hvm().record("0x80000123", 0x80000123, (byte) 1).memory(0).whole(),
                Streams.hvm().record("0x00000123", 0x123, (byte) 1).memory(0).whole(),
                remus().whole(),
                colo().whole());
    }

    /** Streams of a sender that went away between two records. */
    static List<Stream> senderGone() {
        return List.of(
                remus().unfinished(),
                remus().memory(3).unfinished(),
                colo().unfinished(),
                Streams.hvm().memory(0).checkpoint().memory(1).unfinished(),
                Streams.pv().from(Outermost.LIBXC).memory(0).checkpoint().unfinished());
    }

    private static Streams remus() {
        return Streams.pv().memory(0, 1).checkpoint().memory(1).checkpoint();
    }

    private static Streams colo() {
        return Streams.hvm().memory(0).checkpoint().checkpointState(0).memory(0).checkpoint();
    }
}
