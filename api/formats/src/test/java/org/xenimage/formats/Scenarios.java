package org.xenimage.formats;

import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;

import java.util.List;

/** The streams that all tests of the codecs share. */
final class Scenarios {
    private Scenarios() {}

    /** Each kind of stream, well formed. */
    static List<BuiltStream> wellFormed() {
        return List.of(
                StreamBuilder.pv().memory(0, 1).complete(),
                StreamBuilder.pv().version(2).memory(0, 1).complete(),
                StreamBuilder.pv().narrow().everyPageType().complete(),
                StreamBuilder.pv().bigEndian().memory(0).complete(),
                StreamBuilder.pv().tail(new byte[] {1, 2, 3}).memory(0).complete(),
                StreamBuilder.pv().from(Outermost.LIBVIRT).memory(0, 1).complete(),
                StreamBuilder.hvm().from(Outermost.LIBVIRT).bigEndian().memory(0).complete(),
                StreamBuilder.pv()
                        .from(Outermost.LIBVIRT)
                        .tail(new byte[] {1, 2, 3})
                        .memory(0)
                        .complete(),
                StreamBuilder.pv().from(Outermost.XENOPSD).memory(0, 1).complete(),
                StreamBuilder.hvm().from(Outermost.XENOPSD).bigEndian().memory(0).complete(),
                StreamBuilder.pv().from(Outermost.LIBXL).everyPageType().complete(),
                StreamBuilder.pv().from(Outermost.LIBXC).memory(0).complete(),
                StreamBuilder.pv()
                        .memory(0, 1, 2)
                        .memory(1)
                        .memory(1, 2)
                        .verifyRound(0, 1, 2)
                        .complete(),
                StreamBuilder.pv().memory(0).wholeThen(StreamBuilder.GO_AHEAD),
                StreamBuilder.hvm().memory(0, 1).complete(),
                StreamBuilder.hvm().version(2).memory(0, 1).complete(),
                StreamBuilder.hvm().bigEndian().from(Outermost.LIBXL).memory(0).complete(),
                StreamBuilder.hvm().from(Outermost.LIBXC).version(2).memory(0).complete(),
                StreamBuilder.hvm().record("0x80000123", 0x80000123, (byte) 1).memory(0).complete(),
                StreamBuilder.hvm().record("0x00000123", 0x123, (byte) 1).memory(0).complete(),
                remus().complete(),
                colo().complete());
    }

    /** Streams of a sender that went away between two records. */
    static List<BuiltStream> senderGone() {
        return List.of(
                remus().unfinished(),
                remus().memory(3).unfinished(),
                colo().unfinished(),
                StreamBuilder.hvm().memory(0).checkpoint().memory(1).unfinished(),
                StreamBuilder.pv().from(Outermost.LIBXC).memory(0).checkpoint().unfinished());
    }

    private static StreamBuilder remus() {
        return StreamBuilder.pv().memory(0, 1).checkpoint().memory(1).checkpoint();
    }

    private static StreamBuilder colo() {
        return StreamBuilder.hvm().memory(0).checkpoint().checkpointState(0).memory(0).checkpoint();
    }
}
