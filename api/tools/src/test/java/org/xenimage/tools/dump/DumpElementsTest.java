package org.xenimage.tools.dump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;

/** Each kind of element through a dump and back, with what no sample image has. */
class DumpElementsTest {
    private static final RecordContext BIG = new RecordContext(ByteOrder.BIG_ENDIAN, 4);

    @TempDir private Path folder;

    private static ByteRun bytes(byte... bytes) {
        return ByteRun.of(MemorySegment.ofArray(bytes));
    }

    private static ByteRun text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** An element in words, all of its bytes among them. */
    private static String text(ImageElement element) throws IOException {
        return switch (element) {
            case XlHeader(_, ByteOrder order, int mandatory, int optional, ByteRun tail) ->
                    "xl %s %x %x %s".formatted(order, mandatory, optional, hex(tail));
            case Config config -> "config " + hex(config.bytes());
            case SiteMetadata metadata ->
                    "metadata %s %s".formatted(metadata.order(), hex(metadata.bytes()));
            case LibvirtHeader(_, ByteOrder order, int version, ByteRun unused, ByteRun tail) ->
                    "libvirt %s %x %s %s".formatted(order, version, hex(unused), hex(tail));
            case XenopsdHeader _ -> "xenopsd";
            case LibxlHeader header -> "libxl %x %x".formatted(header.version(), header.options());
            case LibxcHeader header -> header.toString();
            case RecordFrame frame ->
                    "%s %s %s".formatted(frame.type(), frame.context(), hex(frame.bytes()));
            case PageBatch batch -> "pages %s %s".formatted(batch.order(), hex(batch.bytes()));
            case StreamEnd end -> "end %s %s".formatted(end.ending(), hex(end.incomplete()));
            case TrailingBytes trailing -> "trailing " + hex(trailing.bytes());
        };
    }

    private static String hex(ByteRun bytes) throws IOException {
        return HexFormat.of().formatHex(bytes.all().toArray(ValueLayout.JAVA_BYTE));
    }

    /** What comes back of some elements; the JSON between is in the folder. */
    private List<String> through(ImageElement... elements) throws IOException {
        var json = new ByteArrayOutputStream();
        try (FileChannel pages =
                        FileChannel.open(
                                folder.resolve(DumpFiles.PAGES),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var writer = new DumpWriter(json, pages, "xl", new TreeMap<>())) {
            for (ImageElement element : elements) writer.accept(element);
            writer.end();
        }
        Files.write(folder.resolve(DumpFiles.IMAGE), json.toByteArray());
        List<String> back = new ArrayList<>();
        try (var reader = new DumpReader(folder)) {
            reader.drainTo(element -> back.add(text(element)));
        }
        return back;
    }

    private void comesBack(ImageElement... elements) throws IOException {
        List<String> given = new ArrayList<>();
        for (ImageElement element : elements) given.add(text(element));
        assertEquals(given, through(elements));
    }

    private JsonNode element(int index) throws IOException {
        return new JsonMapper()
                .readTree(folder.resolve(DumpFiles.IMAGE).toFile())
                .at("/elements/" + index);
    }

    @Test
    void headersComeBackWithReservedBitsAndForeignBytes() throws IOException {
        comesBack(
                new XlHeader(0, ByteOrder.BIG_ENDIAN, 3, 0x8000_0001, bytes((byte) 1, (byte) -1)),
                new LibxlHeader(0, 2, 0xffff_fffd),
                new LibxcHeader(
                        Fault.NO_OFFSET,
                        3,
                        (short) 0xfffe,
                        (short) -2,
                        -3,
                        1,
                        (short) 12,
                        (short) -4,
                        -5,
                        17));
    }

    @Test
    void theHeaderOfLibvirtComesBackWithItsUnusedWords() throws IOException {
        LibvirtHeader plain = LibvirtHeader.plain();
        comesBack(plain);
        byte[] unused = new byte[40];
        unused[3] = 7;
        comesBack(
                new LibvirtHeader(
                        0, ByteOrder.BIG_ENDIAN, 2, bytes(unused), bytes((byte) 1, (byte) -1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "not json",
                "{ \"c_info\": { \"name\": \"web1\" } }",
                "{ \"twice\": 1, \"twice\": 2 }",
                "{ \"number\": 1.50, \"other\": 1e400 }\0\0",
                "[]",
                "{ \"text\": \"\\u00e9\\ud800\" }\0"
            })
    void aConfigComesBackWhateverItsBytesAre(String config) throws IOException {
        comesBack(new Config(0, text(config)));
    }

    @Test
    void aConfigThatLibxlWroteStandsAsATree() throws IOException {
        Config config = Config.of(new JsonMapper().createObjectNode().put("a", 1));
        comesBack(config);
        assertEquals(1, element(0).at("/json/a").asInt());
    }

    @Test
    void aConfigOfTheGreatestDepthComesBack() throws IOException {
        comesBack(new Config(0, text("{\"a\":" + "[".repeat(999) + "]".repeat(999) + "}\n\0")));
    }

    @Test
    void siteMetadataComeBackInEitherOrderAndWhenDamaged() throws IOException {
        var json = new JsonMapper().createObjectNode().put("site.owner", "web team");
        SiteMetadata big = SiteMetadata.of(json, ByteOrder.BIG_ENDIAN);
        String compact =
                new String(
                        big.bytes().all().toArray(ValueLayout.JAVA_BYTE),
                        StandardCharsets.ISO_8859_1);
        byte[] spaced =
                compact.replace(":\"web team\"", ": \"webteam\"")
                        .getBytes(StandardCharsets.ISO_8859_1);
        comesBack(
                big,
                SiteMetadata.of(json, ByteOrder.LITTLE_ENDIAN),
                new SiteMetadata(0, bytes(), ByteOrder.LITTLE_ENDIAN),
                new SiteMetadata(0, bytes(spaced), ByteOrder.BIG_ENDIAN));
        assertEquals("web team", element(1).at("/json/site.owner").asText());
        assertTrue(element(3).has("base64"));
    }

    @Test
    void recordsComeBackWithAnyTypeBodyOrderAndPadding() throws IOException {
        RecordFrame complete =
                RecordFrame.of(RecordType.X86_TSC_INFO, BIG, MemorySegment.ofArray(new byte[24]));
        byte[] padded = {0x12, 0x34, 0x56, 0x78, 0, 0, 0, 3, 1, 2, 3, 9, 8, 7, 6, 5};
        comesBack(
                complete,
                new RecordFrame("image", 0, RecordType.libxl(0x1234_5678), 3, BIG, bytes(padded)),
                RecordFrame.of(
                        RecordType.libxc(0x8000_0001),
                        RecordContext.X86_64,
                        MemorySegment.ofArray(new byte[5])),
                RecordFrame.of(
                        RecordType.X86_PV_INFO,
                        RecordContext.X86_64,
                        MemorySegment.ofArray(new byte[3])));
        assertTrue(element(0).has("fields"));
        assertEquals("0908070605", element(1).get("padding").asText());
        assertFalse(element(3).has("fields"), "a body that its type does not decode");
    }

    @Test
    void pagesComeBackWithReservedBitsAndZeroPagesAreHoles() throws IOException {
        long[] entries = {
            PageBatch.PFN_MASK, 0, 1, 1L << 60 | 2, 0xfL << 60 | 3, 1L << 52 | 3, 0xdL << 60
        };
        byte[] contents = new byte[5 * PageBatch.PAGE_SIZE];
        Arrays.fill(contents, PageBatch.PAGE_SIZE, 2 * PageBatch.PAGE_SIZE, (byte) 0x5a);
        PageBatch batch =
                PageBatch.of(ByteOrder.BIG_ENDIAN, entries, MemorySegment.ofArray(contents));
        MemorySegment raw = batch.bytes().all();
        raw.set(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), 12, 0xdead_beef);
        comesBack(batch);
        assertEquals(5L * PageBatch.PAGE_SIZE, Files.size(folder.resolve(DumpFiles.PAGES)));
        assertEquals("0x001", element(0).at("/runs/4/2").asText());
    }

    @Test
    void everyEndingComesBackWithWhatFollows() throws IOException {
        comesBack(
                new StreamEnd(0, StreamEnd.Ending.COMPLETE, bytes()),
                new TrailingBytes(0, bytes((byte) 0, (byte) 0xff)),
                new TrailingBytes(0, bytes()),
                new StreamEnd(0, StreamEnd.Ending.SENDER_GONE, bytes((byte) 1)));
    }

    @Test
    void offsetsOfWhatIsLoadedAreNoPlacesInAFile() throws IOException {
        through(new LibxlHeader(7, 2, 0));
        try (var reader = new DumpReader(folder)) {
            reader.drainTo(element -> assertEquals(Fault.NO_OFFSET, element.offset()));
        }
    }
}
