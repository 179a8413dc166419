package org.xenimage.tests.fuzz;

import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.tests.testkit.ForgedImage;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Small valid images of every format, with as many kinds of record and page as go into some KB. */
final class SeedImages {
    private static final long XTAB = 0xfL << 60;
    private static final long L4 = 0x4L << 60;
    private static final int OPTIONAL = 0x80000042;

    private SeedImages() {}

    static Stream<byte[]> xl() {
        return Stream.concat(
                streams(Outermost.XL),
                Stream.of(
                        StreamBuilder.pv().tail((byte) 1, (byte) 2).memory(0).complete().bytes()));
    }

    static Stream<byte[]> libvirt() {
        return Stream.concat(
                streams(Outermost.LIBVIRT),
                Stream.of(
                        StreamBuilder.pv()
                                .from(Outermost.LIBVIRT)
                                .bigEndian()
                                .tail((byte) 1, (byte) 2)
                                .memory(0)
                                .complete()
                                .bytes()));
    }

    static Stream<byte[]> xenopsd() {
        return Stream.concat(
                streams(Outermost.XENOPSD),
                Stream.of(
                        StreamBuilder.hvm().from(Outermost.XENOPSD).memory(0).complete().bytes()));
    }

    static Stream<byte[]> libxl() {
        return Stream.concat(
                streams(Outermost.LIBXL),
                Stream.of(
                        StreamBuilder.hvm()
                                .from(Outermost.LIBXL)
                                .memory(0)
                                .checkpoint()
                                .checkpointState(0)
                                .memory(0)
                                .complete()
                                .bytes()));
    }

    static Stream<byte[]> libxc() {
        return Stream.concat(
                streams(Outermost.LIBXC),
                Stream.of(
                        StreamBuilder.hvm()
                                .from(Outermost.LIBXC)
                                .bigEndian()
                                .memory(3)
                                .complete()
                                .bytes(),
                        StreamBuilder.pv()
                                .from(Outermost.LIBXC)
                                .memory(0)
                                .checkpoint()
                                .unfinished()
                                .bytes()));
    }

    private static Stream<byte[]> streams(Outermost outermost) {
        return Stream.of(
                StreamBuilder.pv().from(outermost).memory(0).verifyRound(0).complete().bytes(),
                StreamBuilder.hvm()
                        .from(outermost)
                        .record("OPTIONAL", OPTIONAL, (byte) 1)
                        .pages(0, XTAB | 1)
                        .memory(0)
                        .complete()
                        .bytes(),
                StreamBuilder.pv()
                        .version(2)
                        .narrow()
                        .from(outermost)
                        .memory(2)
                        .complete()
                        .bytes());
    }

    /** Streams with page tables, such as they are. */
    static Stream<byte[]> cores() {
        return Stream.of(
                StreamBuilder.pv().from(Outermost.LIBXC).pages(0, L4 | 1).complete().bytes(),
                StreamBuilder.pv()
                        .narrow()
                        .from(Outermost.LIBXC)
                        .pages(L4 >>> 2 | 1)
                        .complete()
                        .bytes(),
                StreamBuilder.hvm().from(Outermost.LIBXC).memory(0, 1).complete().bytes());
    }

    static Stream<byte[]> converted(Conversion.Target target, WriteOptions.Compression compression)
            throws IOException {
        Images images = Images.load();
        Path folder = Files.createTempDirectory("xenimage-seeds");
        Path in = folder.resolve("in");
        Path out = folder.resolve("out");
        List<byte[]> seeds = new ArrayList<>();
        try {
            List<byte[]> all = new ArrayList<>(xl().toList());
            all.addAll(libvirt().toList());
            all.addAll(xenopsd().toList());
            all.addAll(libxc().toList());
            for (byte[] stream : all) {
                Files.write(in, stream);
                try (ImageReader reader = images.open(ChannelSource.open(in));
                        ChannelSink sink = ChannelSink.create(out)) {
                    Rewrite.of(reader)
                            .unguarded()
                            .allowingLoss()
                            .with(options -> options.withCompression(compression))
                            .to(Conversion.plan(images, reader.format(), target), sink);
                }
                byte[] made = Files.readAllBytes(out);
                seeds.add(
                        target == Conversion.Target.NATIVE
                                ? new ForgedImage(made).withoutRoom().bytes()
                                : made);
                Files.delete(out);
            }
        } finally {
            Files.deleteIfExists(out);
            Files.deleteIfExists(in);
            Files.delete(folder);
        }
        return seeds.stream();
    }

    /** The same image with a hole in its middle. */
    static byte[] damaged(byte[] image) {
        byte[] damaged = image.clone();
        int at = damaged.length / 2;
        for (int i = at; i < Math.min(damaged.length, at + 64); i++) damaged[i] = 0x55;
        return damaged;
    }
}
