package org.xenimage.formats.libvirt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Conversion.Target;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Save files of libvirt: read, rewritten, converted, refused. */
class LibvirtFormatTest {
    @TempDir private Path folder;

    private final Images images = Images.load();

    private static StreamBuilder stream() {
        return StreamBuilder.pv().from(Outermost.LIBVIRT).memory(0, 1);
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
    void anEditedValueChangesItsOwnBytesAndTheLength() throws IOException {
        byte[] before = stream().complete().bytes();
        byte[] after =
                through(
                        file(before),
                        (element, down) -> {
                            if (element instanceof Config config) {
                                ObjectNode tree = config.json().deepCopy();
                                tree.put("name", "another");
                                down.accept(config.edited(tree));
                            } else down.accept(element);
                        });
        String text = new String(before, StandardCharsets.ISO_8859_1);
        byte[] expected =
                text.replace("<name>web1<", "<name>another<").getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer header = ByteBuffer.wrap(expected).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(20, header.getInt(20) + 3);
        assertArrayEquals(expected, after);
    }

    @Test
    void siteMetadataStandBehindTheNulWhereLibvirtDoesNotLook() throws IOException {
        byte[] before = stream().tail((byte) 9).complete().bytes();
        byte[] with =
                through(
                        file(before),
                        (element, down) -> {
                            if (element instanceof SiteMetadata site) {
                                ObjectNode tree = site.json().deepCopy();
                                down.accept(site.edited(tree.put("site.owner", "Ann")));
                            } else down.accept(element);
                        });
        assertTrue(with.length > before.length);
        byte[] back =
                through(
                        file(with),
                        (element, down) -> {
                            if (element instanceof SiteMetadata site) {
                                assertEquals("Ann", site.json().path("site.owner").asText());
                                ObjectNode tree = site.json().deepCopy();
                                down.accept(site.edited(tree.removeAll()));
                            } else down.accept(element);
                        });
        assertArrayEquals(before, back);
    }

    @ParameterizedTest
    @EnumSource(names = {"NATIVE", "NATIVE_STREAM"})
    void nativeKeepsEveryByte(Target target) throws IOException {
        for (StreamBuilder kind :
                List.of(
                        stream(),
                        stream().tail((byte) 1),
                        StreamBuilder.hvm().from(Outermost.LIBVIRT).bigEndian().memory(0))) {
            byte[] bytes = kind.complete().bytes();
            bytes[40] = 5; // one of the unused words
            Path made = convert(file(bytes), target);
            assertArrayEquals(bytes, Files.readAllBytes(convert(made, Target.LIBVIRT)));
            try (ImageReader reader = images.open(made)) {
                reader.drainTo(_ -> {});
                assertTrue(
                        reader.container().orElseThrow().capabilities().stream()
                                .anyMatch(one -> one.name().equals("libvirt") && one.mandatory()));
            }
        }
    }

    @Test
    void betweenXlAndLibvirtTheConfigIsSaidInOtherWords() throws IOException {
        Path in = file(stream().complete().bytes());
        Path xl = convert(in, Target.XL);
        Config config = config(xl);
        assertEquals(Config.Form.JSON, config.form());
        assertEquals("web1", config.json().at("/c_info/name").asText());
        assertEquals("pv", config.json().at("/c_info/type").asText());
        Path back = convert(xl, Target.LIBVIRT);
        assertEquals("web1", config(back).json().path("name").asText());
        assertArrayEquals(
                Files.readAllBytes(convert(in, Target.LIBXL)),
                Files.readAllBytes(convert(back, Target.LIBXL)));
    }

    @Test
    void whatIsLostOfTheConfigIsNamed() throws IOException {
        byte[] bytes =
                new String(stream().complete().bytes(), StandardCharsets.ISO_8859_1)
                        .replace("<domain type='xen' id='3'>", "<domain type='xen' ab='3'>")
                        .getBytes(StandardCharsets.ISO_8859_1);
        try (ImageReader reader = images.open(file(bytes))) {
            Conversion plan = Conversion.plan(images, reader, Target.XL);
            assertEquals(List.of(), plan.configLosses());
            assertEquals(1, plan.losses().size());
            plan.readConfig(reader);
            assertEquals(List.of(new Conversion.Loss("config @ab", false)), plan.configLosses());
        }
    }

    @Test
    void anInnerLayerIsNotMadeIntoAFileOfLibvirt() throws IOException {
        Path inner = convert(file(stream().complete().bytes()), Target.LIBXL);
        assertThrows(IOException.class, () -> convert(inner, Target.LIBVIRT));
        Path within = convert(inner, Target.NATIVE);
        assertThrows(CorruptImage.class, () -> convert(within, Target.LIBVIRT));
    }

    private Config config(Path file) throws IOException {
        List<Config> found = new ArrayList<>();
        try (ImageReader reader = images.open(file)) {
            while (found.isEmpty()
                    && reader.advance(element -> {
                        if (element instanceof Config config) found.add(config.detach());
                    })) {}
        }
        return found.getFirst();
    }

    @ParameterizedTest
    @CsvSource({
        "16, 1, version: expected 2, legacy stream",
        "16, 0, version: expected 2, damaged",
        "16, 3, version: expected 2, newer libvirt",
        "16, 0x01000000, version: expected 2, legacy stream",
        "16, 0x01010101, version: expected 2, newer libvirt",
        "20, 0, xmlLen: expected at least 1, damaged",
        "20, 0x7fffffff, xmlLen: expected at most, damaged",
        "20, 0xffffffff, xmlLen: expected at most, damaged",
    })
    void whatTheHeaderMustNotSayIsNamed(int at, String value, String expected, String remedy)
            throws IOException {
        byte[] bytes = stream().complete().bytes();
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(at, Long.decode(value).intValue());
        Path in = file(bytes);
        ImageException failure =
                assertThrows(ImageException.class, () -> through(in, ImageTransform.IDENTITY));
        Map<Integer, Class<? extends ImageException>> kinds = Map.of(16, UnsupportedVersion.class);
        if (kinds.containsKey(at)) assertInstanceOf(kinds.get(at), failure);
        assertTrue(failure.fault().message().contains(expected), failure.fault().message());
        assertTrue(failure.fault().message().contains(remedy), failure.fault().message());
        assertTrue(
                failure.fault().message().contains("in: libvirt header"),
                failure.fault().message());
        assertEquals(at, failure.fault().offset());
    }

    @Test
    void anXmlThatIsTooLongIsNotWritten() throws IOException {
        ImageTransform grown =
                (element, down) -> {
                    if (element instanceof LibvirtHeader header)
                        down.accept(
                                new LibvirtHeader(
                                        header.offset(),
                                        header.order(),
                                        header.version(),
                                        header.unused(),
                                        org.xenimage.image.io.ByteRun.of(
                                                java.lang.foreign.MemorySegment.ofArray(
                                                        new byte[(int) LibvirtHeader.XML_MAX]))));
                    else down.accept(element);
                };
        Path in = file(stream().complete().bytes());
        assertThrows(LimitExceeded.class, () -> through(in, grown));
    }

    @Test
    void aFileThatIsCutAnywhereIsTruncated() throws IOException {
        byte[] bytes =
                StreamBuilder.hvm().from(Outermost.LIBVIRT).pages(0xfL << 60).complete().bytes();
        for (int cut = 1; cut < bytes.length; cut++) {
            Path in = file(Arrays.copyOf(bytes, cut));
            ImageException failure =
                    assertThrows(
                            ImageException.class,
                            () -> {
                                try (ImageReader reader = images.open(ChannelSource.open(in))) {
                                    reader.drainTo(_ -> {});
                                }
                            });
            if (cut >= 16)
                assertInstanceOf(
                        org.xenimage.image.fault.TruncatedImage.class, failure, "cut at " + cut);
        }
    }
}
