package org.xenimage.formats.xenopsd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Conversion.Target;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Suspend images of xenopsd: read, rewritten, converted, refused. */
class XenopsdFormatTest {
    @TempDir private Path folder;

    private final Images images = Images.load();

    /** A frame of every type that has a body, and of one that no release knows. */
    private static byte[] everyFrame() {
        BuiltStream whole = StreamBuilder.hvm().from(Outermost.XENOPSD).memory(0).complete();
        ByteBuffer all = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        all.put(whole.bytes(), 0, whole.bytes().length - 16);
        for (int type : new int[] {0x0f, 0xf00, 0xf01, 0xf10, 0xf11, 0xf12, 0xf13, 0x7777}) {
            all.putLong(type).putLong(5).put(new byte[] {1, 2, 3, 4, (byte) type});
        }
        all.putLong(0xffff).putLong(0);
        return Arrays.copyOf(all.array(), all.position());
    }

    private Path file(byte... bytes) throws IOException {
        return Files.write(folder.resolve("in"), bytes);
    }

    private byte[] through(Path in, ImageTransform transform) throws IOException {
        Path out = folder.resolve("out");
        Files.deleteIfExists(out);
        try (ImageReader reader = images.open(in)) {
            Rewrite.of(reader).through(transform).to(out);
        }
        return Files.readAllBytes(out);
    }

    private Path convert(Path from, Target target) throws IOException {
        Path to = folder.resolve(from.getFileName() + "-" + target.id());
        Files.deleteIfExists(to);
        try (ImageReader reader = images.open(from);
                var sink = ChannelSink.create(to)) {
            Rewrite.of(reader)
                    .unguarded()
                    .allowingLoss()
                    .to(Conversion.plan(images, reader.format(), target), sink);
        }
        return to;
    }

    @Test
    void everyFrameIsNamedAndKept() throws IOException {
        byte[] bytes = everyFrame();
        List<String> names = new ArrayList<>();
        byte[] again =
                through(
                        file(bytes),
                        (element, down) -> {
                            if (element instanceof RecordFrame frame
                                    && frame.bytes().length() == 21) names.add(frame.label());
                            down.accept(element);
                        });
        assertArrayEquals(bytes, again);
        assertEquals(
                List.of(
                        "record xenopsd Xenops",
                        "record xenopsd Qemu_trad",
                        "record xenopsd Qemu_xen",
                        "record xenopsd Demu",
                        "record xenopsd Varstored",
                        "record xenopsd Swtpm0",
                        "record xenopsd Swtpm",
                        "record xenopsd 0x00007777"),
                names);
    }

    @Test
    void aFrameThatIsDroppedLeavesTheOthers() throws IOException {
        byte[] bytes = everyFrame();
        byte[] less =
                through(
                        file(bytes),
                        (element, down) -> {
                            if (!(element instanceof RecordFrame frame
                                    && frame.type().equals(RecordType.SWTPM))) down.accept(element);
                        });
        assertEquals(bytes.length - 21, less.length);
    }

    @ParameterizedTest
    @EnumSource(names = {"NATIVE", "NATIVE_STREAM"})
    void nativeKeepsEveryByte(Target target) throws IOException {
        byte[] bytes = everyFrame();
        Path made = convert(file(bytes), target);
        assertArrayEquals(bytes, Files.readAllBytes(convert(made, Target.XENOPSD)));
        try (ImageReader reader = images.open(made)) {
            reader.drainTo(_ -> {});
            assertTrue(
                    reader.container().orElseThrow().capabilities().stream()
                            .anyMatch(one -> one.name().equals("xenopsd") && one.mandatory()));
        }
    }

    @ParameterizedTest
    @EnumSource(Outermost.class)
    void anyStreamIsPutIntoFrames(Outermost outermost) throws IOException {
        Path in = file(StreamBuilder.hvm().from(outermost).memory(0, 1).complete().bytes());
        Path made = convert(in, Target.XENOPSD);
        assertArrayEquals(
                Files.readAllBytes(convert(in, Target.LIBXC_V3)),
                Files.readAllBytes(convert(made, Target.LIBXC_V3)));
        List<String> frames = new ArrayList<>();
        through(
                made,
                (element, down) -> {
                    if (element instanceof RecordFrame frame
                            && frame.label().startsWith("record xenopsd"))
                        frames.add(frame.type().specName());
                    down.accept(element);
                });
        assertEquals(
                outermost == Outermost.LIBXC
                        ? List.of("Libxc", "End")
                        : List.of("Libxc", "Qemu_xen", "End"),
                frames);
    }

    /** The state of the device model and the libxc stream are those of the frames. */
    @ParameterizedTest
    @EnumSource(names = {"XL", "LIBVIRT", "LIBXL"})
    void framesAreTurnedIntoAStreamOfLibxl(Target target) throws IOException {
        Path in = file(StreamBuilder.hvm().from(Outermost.XENOPSD).memory(0, 1).complete().bytes());
        Path made = convert(in, target);
        for (Path each : List.of(made, convert(convert(in, Target.NATIVE), target))) {
            assertArrayEquals(Files.readAllBytes(made), Files.readAllBytes(each));
            assertArrayEquals(
                    frames(in, RecordType.QEMU_XEN),
                    frames(convert(each, Target.XENOPSD), RecordType.QEMU_XEN));
            assertArrayEquals(
                    Files.readAllBytes(convert(in, Target.LIBXC_V3)),
                    Files.readAllBytes(convert(each, Target.LIBXC_V3)));
        }
    }

    private byte[] frames(Path in, RecordType type) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (ImageReader reader = images.open(in)) {
            reader.drainTo(element -> {
                if (element instanceof RecordFrame frame && frame.type().equals(type))
                    bytes.writeBytes(frame.body().toArray(ValueLayout.JAVA_BYTE));
            });
        }
        assertTrue(bytes.size() > 0);
        return bytes.toByteArray();
    }

    @Test
    void framesThatLibxlHasNoRecordForAreNamed() throws IOException {
        try (ImageReader reader = images.open(file(everyFrame()))) {
            Conversion plan = Conversion.plan(images, reader, Target.XL);
            Rewrite.of(reader).unguarded().dryRun(plan);
            List<String> lost =
                    plan.configLosses().stream()
                            .map(Conversion.Loss::what)
                            .filter(what -> what.startsWith("frame "))
                            .toList();
            assertEquals(
                    List.of(
                            "frame Xenops, 5 bytes",
                            "frame Demu, 5 bytes",
                            "frame Varstored, 5 bytes",
                            "frame Swtpm0, 5 bytes",
                            "frame Swtpm, 5 bytes",
                            "frame 0x00007777, 5 bytes"),
                    lost);
        }
    }

    @Test
    void aDeviceModelBeforeTheStreamIsRefused() throws IOException {
        byte[] bytes = everyFrame();
        ByteBuffer early = ByteBuffer.allocate(bytes.length + 16).order(ByteOrder.LITTLE_ENDIAN);
        early.put(bytes, 0, 15).putLong(0xf01).putLong(0).put(bytes, 15, bytes.length - 15);
        Path in = file(early.array());
        ImageException failure = assertThrows(ImageException.class, () -> convert(in, Target.XL));
        assertTrue(
                failure.fault().message().contains("before the libxc stream"),
                failure.fault().message());
    }

    @Test
    void theTypeOfAGuestIsThatOfTheStreamWhereTheRecordLacksIt() throws IOException {
        for (boolean pv : new boolean[] {true, false}) {
            StreamBuilder kind = pv ? StreamBuilder.pv() : StreamBuilder.hvm();
            Path libxc = convert(file(kind.memory(0).complete().bytes()), Target.LIBXC_V3);
            Path made = convert(convert(libxc, Target.XENOPSD), Target.XL);
            String xl = new String(Files.readAllBytes(made), StandardCharsets.ISO_8859_1);
            assertTrue(
                    xl.contains("\"type\": \"" + (pv ? "pv" : "hvm") + "\""), xl.substring(0, 400));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "15, 0xf1, Libxc, legacy stream",
        "15, 0xf2, Libxc, legacy stream",
        "15, -1, at most 0xffffffff, damaged",
        "15, 0x100000000, at most 0xffffffff, damaged",
        "23, -1, at most 0x8000000, damaged",
        "23, 0x8000001, at most 0x8000000, damaged",
        "23, 0x1000001, at most 0x1000000, ''",
    })
    void whatAFrameMustNotSayIsNamed(int at, String value, String expected, String remedy)
            throws IOException {
        byte[] bytes = everyFrame();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(at, Long.decode(value));
        Path in = file(bytes);
        ImageException failure =
                assertThrows(ImageException.class, () -> through(in, ImageTransform.IDENTITY));
        assertTrue(failure.fault().message().contains(expected), failure.fault().message());
        assertTrue(failure.fault().message().contains(remedy), failure.fault().message());
    }

    @Test
    void anImageThatIsCutAnywhereIsTruncated() throws IOException {
        byte[] bytes =
                StreamBuilder.hvm().from(Outermost.XENOPSD).pages(0xfL << 60).complete().bytes();
        for (int cut = 15; cut < bytes.length; cut++) {
            Path in = file(Arrays.copyOf(bytes, cut));
            ImageException failure =
                    assertThrows(
                            ImageException.class,
                            () -> {
                                try (ImageReader reader = images.open(in)) {
                                    reader.drainTo(_ -> {});
                                }
                            });
            assertInstanceOf(TruncatedImage.class, failure, "cut at " + cut);
        }
    }
}
