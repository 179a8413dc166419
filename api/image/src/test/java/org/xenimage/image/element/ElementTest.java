package org.xenimage.image.element;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.IntStream;

/** What each element of the model promises by itself. */
class ElementTest {
    @ParameterizedTest
    @EnumSource(PageType.class)
    void aPageTypeIsItsFourBits(PageType type) {
        assertEquals(type, PageType.of(PageEntry.of(type, 0x1234).word()));
        assertEquals(type.isPageTable(), type.name().matches("L[1-4]TAB(_PIN)?"));
        assertEquals(!type.known(), type.name().startsWith("RESERVED"));
        if (type.known()) {
            assertEquals(type == PageType.NOTAB || type.isPageTable(), type.hasData());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
    void aBatchThatIsMadeReadsAsItWasMade(String name) throws IOException {
        ByteOrder order = name.startsWith("B") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        byte[] page = new byte[PageBatch.PAGE_SIZE];
        page[7] = 42;
        long[] entries = {0xfL << 60 | 3, 4};
        PageBatch batch = PageBatch.of(order, entries, MemorySegment.ofArray(page));
        assertEquals(2, batch.count());
        assertEquals(1, batch.dataCount());
        assertEquals(PageType.XTAB, batch.type(0));
        assertEquals(4, batch.pfn(1));
        assertArrayEquals(page, batch.data().toArray(ValueLayout.JAVA_BYTE));
        assertFalse(batch.edited());
        batch.editData().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        assertTrue(batch.edited());
        assertEquals(1, batch.data().get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> batch.data().set(ValueLayout.JAVA_BYTE, 0, (byte) 2));
    }

    @Test
    void aMadeBatchWhoseContentsDoNotFitHasNoOffset() {
        PageBatch batch =
                PageBatch.of(ByteOrder.LITTLE_ENDIAN, new long[] {1, 2}, MemorySegment.NULL);
        Fault fault = assertThrows(CorruptImage.class, batch::dataCount).fault();
        assertEquals("body_length", fault.field());
        assertEquals(Fault.NO_OFFSET, fault.offset());
    }

    static IntStream lengths() {
        return IntStream.rangeClosed(0, 40);
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void aFrameIsPaddedWithZeroesToEightBytes(int length) throws IOException {
        byte[] body = new byte[length];
        new Random(length).nextBytes(body);
        RecordFrame frame =
                RecordFrame.of(
                        RecordType.EMULATOR_CONTEXT,
                        RecordContext.X86_64,
                        MemorySegment.ofArray(body));
        assertEquals(0, frame.bytes().length() % 8);
        assertTrue(frame.bytes().length() - 8 - body.length < 8);
        assertArrayEquals(body, frame.body().toArray(ValueLayout.JAVA_BYTE));
        for (byte b : frame.padding().toArray(ValueLayout.JAVA_BYTE)) assertEquals(0, b);
    }

    static IntStream seeds() {
        return IntStream.range(0, 100);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void siteMetadataReadBackAsWritten(int seed) throws IOException {
        var random = new Random(seed);
        String key = text(random, 'a', 'z' + 1);
        String value = text(random, 0, Character.MIN_SURROGATE);
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("site." + key, value);
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            SiteMetadata made = SiteMetadata.of(json, order);
            assertEquals(made.bytes().length(), SiteMetadata.lengthAt(made.bytes().all(), order));
            assertEquals(json.toString(), made.json().toString());
        }
    }

    @Test
    void siteMetadataThatAreCutOrNewerAreToldFromThoseThatAreNot() throws IOException {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("site.owner", "Ann");
        byte[] bytes =
                SiteMetadata.of(json, ByteOrder.LITTLE_ENDIAN)
                        .bytes()
                        .all()
                        .toArray(ValueLayout.JAVA_BYTE);
        assertEquals(0, lengthAt(bytes, 10));
        assertEquals(-1, lengthAt(bytes, bytes.length - 1));
        bytes[16] = 2;
        assertEquals(-1, lengthAt(bytes, bytes.length));
        bytes[0] = 'x';
        assertEquals(0, lengthAt(bytes, bytes.length));
    }

    @Test
    void siteMetadataBeyondTheirBoundAreRefused() {
        ObjectNode json =
                JsonNodeFactory.instance.objectNode().put("x", "y".repeat(SiteMetadata.LENGTH_MAX));
        assertThrows(LimitExceeded.class, () -> SiteMetadata.of(json, ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void aConfigHasTheLayoutThatLibxlGivesIt() throws IOException {
        String text =
                """
                {
                    "c_info": {
                        "type": "pv",
                        "xl_options": {

                        }
                    },
                    "disks": [
                        {
                            "readwrite": 1
                        }
                    ],
                    "nics": [

                    ]
                }
                """;
        ObjectNode json = config(text + "\0").json().deepCopy();
        assertEquals(text + "\0", new String(bytes(Config.of(json)), StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{} {}", "{\"a\":", "\u0001"})
    void aConfigThatIsNoJsonObjectIsRefusedWithItsPlaceInOneLine(String text) {
        Fault fault = assertThrows(CorruptImage.class, config(text)::json).fault();
        assertTrue(fault.offset() >= 52 && fault.offset() <= 52 + text.length(), fault::message);
        assertEquals(1, fault.message().lines().count(), fault::message);
    }

    @Test
    void recordTypesAreFoundByTheirNames() {
        assertEquals(RecordType.END, RecordType.named(Layer.LIBXC, "END").orElseThrow());
        assertEquals(RecordType.LIBXL_END, RecordType.named(Layer.LIBXL, "END").orElseThrow());
        assertTrue(RecordType.named(Layer.LIBXL, "HVM_PARAMS").isEmpty());
        assertTrue(RecordType.libxc(0x80000000).optional());
        assertFalse(RecordType.HVM_PARAMS.optional());
        assertEquals("0x80000000", RecordType.libxc(0x80000000).specName());
    }

    private static String text(Random random, int first, int end) {
        var text = new StringBuilder();
        random.ints(random.nextInt(20), first, end).forEach(unit -> text.append((char) unit));
        return text.toString();
    }

    private static long lengthAt(byte[] bytes, long length) {
        return SiteMetadata.lengthAt(
                MemorySegment.ofArray(bytes).asSlice(0, length), ByteOrder.LITTLE_ENDIAN);
    }

    private static Config config(String text) {
        return new Config(
                52, ByteRun.of(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8))));
    }

    private static byte[] bytes(Config config) throws IOException {
        return config.bytes().all().toArray(ValueLayout.JAVA_BYTE);
    }
}
