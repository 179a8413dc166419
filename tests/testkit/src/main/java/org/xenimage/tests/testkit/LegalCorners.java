package org.xenimage.tests.testkit;

import org.xenimage.tests.testkit.StreamBuilder.Outermost;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Streams at the edges of what the specifications allow: what no sender makes on an ordinary day,
 * and every command must take or refuse in one sentence. The one place where such corners are
 * listed; tests of commands walk all of them.
 */
public final class LegalCorners {
    private static final long XTAB = 0xfL << 60;
    private static final int VCPUS = 128;

    /** An optional record: a stream has to have one to have headers. */
    private static final int STATIC = 0x80000001;

    private LegalCorners() {}

    /** {@return the corners; each stream's name says which it is} */
    public static List<BuiltStream> all() {
        List<BuiltStream> all = new ArrayList<>();
        for (Outermost layer : Outermost.values()) {
            all.add(
                    named(
                            "no pages, PV, " + layer,
                            StreamBuilder.pv().from(layer).record("STATIC", STATIC)));
            all.add(
                    named(
                            "no pages, HVM, " + layer,
                            StreamBuilder.hvm().from(layer).record("STATIC", STATIC)));
            all.add(named("one page, " + layer, StreamBuilder.pv().from(layer).memory(0)));
            all.add(named("one page, HVM, " + layer, StreamBuilder.hvm().from(layer).memory(0)));
            all.add(
                    named(
                            "only XTAB, " + layer,
                            StreamBuilder.hvm().from(layer).pages(XTAB, XTAB | 1)));
            all.add(
                    named(
                            "the last PFN, " + layer,
                            StreamBuilder.hvm().from(layer).memory((1L << 40) - 1)));
            all.add(
                    named(
                            "empty PAGE_DATA, " + layer,
                            StreamBuilder.hvm().from(layer).memory(0).record("PAGE_DATA", 1)));
            all.add(
                    named(
                            "PAGE_DATA of no pages, " + layer,
                            StreamBuilder.hvm()
                                    .from(layer)
                                    .memory(0)
                                    .record("PAGE_DATA", 1, new byte[8])));
            all.add(
                    named(
                            "a page thrice, " + layer,
                            StreamBuilder.pv().from(layer).memory(1, 1).memory(1)));
            all.add(named("128 vCPUs, " + layer, vcpus(StreamBuilder.pv().from(layer).memory(0))));
            all.add(
                    named(
                            "an optional record, " + layer,
                            StreamBuilder.pv()
                                    .from(layer)
                                    .memory(0)
                                    .record("OPTIONAL", 0x80000042, new byte[5])));
            all.add(
                    new BuiltStream(
                            "no END, " + layer,
                            StreamBuilder.pv()
                                    .from(layer)
                                    .memory(0)
                                    .checkpoint()
                                    .unfinished()
                                    .parts()));
        }
        for (int length : new int[] {1, 1 << 16})
            all.add(
                    named(
                            "a name of %d bytes".formatted(length),
                            StreamBuilder.hvm().domain("n".repeat(length)).memory(0)));
        all.add(named("every page type", StreamBuilder.pv().everyPageType()));
        all.add(named("a 32-bit guest", StreamBuilder.pv().narrow().memory(0, 1)));
        all.add(named("data behind the config", StreamBuilder.pv().tail((byte) 1).memory(0)));
        return List.copyOf(all);
    }

    private static BuiltStream named(String name, StreamBuilder streams) {
        return new BuiltStream(name, streams.complete().parts());
    }

    private static StreamBuilder vcpus(StreamBuilder streams) {
        StreamBuilder all = streams;
        for (int id = 1; id < VCPUS; id++) {
            ByteBuffer body = ByteBuffer.allocate(8 + 5168).order(ByteOrder.LITTLE_ENDIAN);
            body.putInt(id);
            all = all.record("X86_PV_VCPU_BASIC", 0x04, body.array());
        }
        return all;
    }
}
