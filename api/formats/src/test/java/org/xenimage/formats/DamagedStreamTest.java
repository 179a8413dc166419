package org.xenimage.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.verify.Severity;
import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;
import org.xenimage.tests.testkit.StreamPart;
import org.xenimage.tests.testkit.Wire;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** An image is hostile input: whatever is in it, it is read, or refused with offset and field. */
class DamagedStreamTest {
    private static final long XTAB = 0xfL << 60;

    static final List<BuiltStream> FLIPPED =
            List.of(
                    StreamBuilder.pv().everyPageType().complete(),
                    StreamBuilder.pv().version(2).pages(XTAB).verifyRound(XTAB | 1).complete(),
                    StreamBuilder.pv()
                            .from(Outermost.LIBXC)
                            .pages(XTAB)
                            .checkpoint()
                            .pages(XTAB)
                            .complete(),
                    StreamBuilder.hvm()
                            .pages(XTAB)
                            .checkpoint()
                            .checkpointState(0)
                            .pages(XTAB)
                            .complete(),
                    StreamBuilder.hvm().from(Outermost.LIBXL).bigEndian().pages(XTAB).complete());

    /**
     * What a reader may have in memory at a time next to a record that is within its bound: its
     * buffer.
     */
    private static final long BUFFER_MAX = 8L << 20;

    @TempDir private Path folder;

    @ParameterizedTest
    @FieldSource("FLIPPED")
    void aFlippedBitInAHeaderIsReadOrRefusedWithItsPlace(BuiltStream stream) throws IOException {
        byte[] bytes = stream.bytes();
        int refused = 0;
        for (int offset : stream.headerOffsets().toArray()) {
            for (int bit = 0; bit < 8; bit++) {
                bytes[offset] ^= (byte) (1 << bit);
                if (refusal(bytes)) refused++;
                bytes[offset] ^= (byte) (1 << bit);
            }
        }
        assertTrue(refused > 300, "only %d damaged headers were refused".formatted(refused));
    }

    @ParameterizedTest
    @CsvSource({
        "xl header,                 0,  image,                    magic",
        "xl header,                32,  xl header,                byteorder",
        "xl header,                39,  xl header,                mandatory_flags",
        "xl header,                47,  xl header,                optional_data_len",
        "xl header,                51,  xl optional data,         config length",
        "libxl header,              0,  libxl header,             ident",
        "libxl header,              8,  libxl header,             version",
        "libxc header,              7,  libxc header,             marker",
        "libxc header,              8,  libxc header,             id",
        "libxc header,             15,  libxc header,             version",
        "libxc header,             27,  libxc header,             type",
        "libxc header,             29,  libxc header,             page_shift",
        "record X86_PV_INFO,        7,  record X86_PV_INFO,       body_length",
        "record PAGE_DATA,          7,  record PAGE_DATA,         body_length",
        "record libxl END,          7,  record libxl END,         body_length"
    })
    void aBrokenFieldIsNamedWithItsOffset(String part, int b, String element, String field) {
        BuiltStream stream = StreamBuilder.pv().memory(0).complete();
        byte[] bytes = stream.bytes();
        int at = stream.offset(stream.index(part)) + b;
        bytes[at] ^= 0x60;
        var fault =
                assertThrows(ImageException.class, () -> Transcript.ofPipe(bytes, 4096)).fault();
        assertEquals(element, fault.element());
        assertEquals(field, fault.field());
        assertTrue(
                fault.offset() >= 0 && at - fault.offset() < 8 && fault.offset() <= at,
                fault::message);
    }

    @Test
    void aLengthBeyondTheBoundIsRefusedBeforeAnythingIsAllocated() throws IOException {
        for (BuiltStream stream :
                List.of(
                        StreamBuilder.pv().memory(0).complete(),
                        StreamBuilder.hvm().memory(0).checkpoint().complete())) {
            for (int i = stream.index("libxl header") + 1; i < stream.parts().size(); i++) {
                if (!stream.parts().get(i).label().startsWith("record")) continue;
                byte[] bytes = stream.bytes();
                Arrays.fill(bytes, stream.offset(i) + 4, stream.offset(i) + 8, (byte) 0xff);
                long before = nativeMemory();
                var fault =
                        assertThrows(LimitExceeded.class, () -> Transcript.ofPipe(bytes, 4096))
                                .fault();
                assertEquals(stream.offset(i) + 4, fault.offset(), fault::message);
                assertEquals("0xffffffff", fault.found());
                assertTrue(nativeMemory() - before < BUFFER_MAX, fault::message);
            }
        }
    }

    @Test
    void aLengthWithinTheBoundThatTheSourceDoesNotHaveIsTruncation() {
        BuiltStream stream = StreamBuilder.hvm().memory(0).complete();
        byte[] bytes =
                stream.with("record HVM_CONTEXT", 4, little().u32(128 << 20).toArray()).bytes();
        assertThrows(TruncatedImage.class, () -> Transcript.ofPipe(bytes, 4096));
    }

    @ParameterizedTest
    @CsvSource({"0", "2", "0x7fffffff", "0xffffffff"})
    void aPageCountThatTheBodyCannotHoldIsAFinding(String count) throws IOException {
        BuiltStream stream = StreamBuilder.pv().pages(XTAB).complete();
        byte[] bytes =
                stream.with("record PAGE_DATA", 8, little().u32(Long.decode(count)).toArray())
                        .bytes();
        assertEquals(List.of("page-count"), errors(bytes));
    }

    @Test
    void recordsThatStandTwiceOrInAnotherOrderAreFindings() throws IOException {
        BuiltStream pv = StreamBuilder.pv().memory(0).complete();
        assertEquals(List.of("record-repeated"), errors(pv.twice("record X86_PV_INFO").bytes()));
        assertEquals(
                List.of("record-repeated"), errors(pv.twice("record STATIC_DATA_END").bytes()));
        assertEquals(
                List.of("record-order"),
                errors(pv.swapped("record X86_PV_P2M_FRAMES", "record PAGE_DATA").bytes()));
        assertEquals(
                List.of("record-order"),
                errors(pv.swapped("record X86_PV_VCPU_BASIC", "record PAGE_DATA").bytes()));
    }

    @Test
    void aLibxcStreamWithinAnotherIsAFinding() throws IOException {
        BuiltStream twice = StreamBuilder.hvm().memory(0).complete();
        byte[] again = StreamBuilder.hvm().from(Outermost.LIBXC).memory(0).complete().bytes();
        byte[] bytes =
                twice.before(
                                "record libxl EMULATOR_CONTEXT",
                                StreamBuilder.hvm().framed("libxl LIBXC_CONTEXT", 1, 8))
                        .before("record libxl EMULATOR_CONTEXT", new StreamPart("again", 0, again))
                        .bytes();
        assertTrue(errors(bytes).contains("record-repeated"));
    }

    @Test
    void otherFilesAreRefusedByTheirFirstBytes() {
        byte[] elf = new byte[4096];
        elf[0] = 0x7f;
        var fault = assertThrows(CorruptImage.class, () -> Transcript.ofPipe(elf, 100)).fault();
        assertEquals("magic", fault.field());
        assertEquals("7f 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", fault.found());
    }

    @Test
    void aDirectoryIsRefusedByName() {
        var failure = assertThrows(FileSystemException.class, () -> ChannelSource.open(folder));
        assertEquals(folder + ": is a directory", failure.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "1, no Xen ever wrote this version",
        "4, a newer Xen saved this; use a newer xenimage"
    })
    void anotherVersionIsToldOlderFromNewer(int version, String remedy) {
        byte[] bytes = StreamBuilder.pv().version(version).memory(0).complete().bytes();
        var fault =
                assertThrows(UnsupportedVersion.class, () -> Transcript.ofPipe(bytes, 100)).fault();
        assertEquals(remedy, fault.remedy());
    }

    @Test
    void aLegacyStreamBehindTheXlHeaderIsNamed() {
        byte[] bytes =
                StreamBuilder.pv().memory(0).complete().with("xl header", 36, (byte) 1).bytes();
        var fault =
                assertThrows(UnsupportedVersion.class, () -> Transcript.ofPipe(bytes, 100)).fault();
        assertTrue(fault.remedy().contains("convert-legacy-stream"), fault::message);
    }

    /** Whether the bytes are refused; if they are read, they are copied byte for byte. */
    private static boolean refusal(byte[] bytes) throws IOException {
        try {
            Transcript read = Transcript.ofPipe(bytes, 4096);
            assertArrayEquals(bytes, read.copy().bytes());
            read.findings().forEach(finding -> assertOneLine(finding.toString()));
            return read.findings().stream()
                    .anyMatch(finding -> finding.severity() == Severity.ERROR);
        } catch (ImageException e) {
            assertTrue(
                    e.fault().offset() >= 0 && e.fault().offset() <= bytes.length, e::getMessage);
            assertFalse(e.fault().element().isEmpty(), e::getMessage);
            assertEquals("pipe", e.fault().source());
            assertOneLine(e.fault().message());
            return true;
        }
    }

    private static List<String> errors(byte[] bytes) throws IOException {
        return Transcript.ofPipe(bytes, 4096).findings().stream()
                .filter(finding -> finding.severity() == Severity.ERROR)
                .map(finding -> finding.rule().id())
                .toList();
    }

    private static void assertOneLine(String message) {
        assertEquals(1, message.lines().count(), message);
    }

    private static Wire little() {
        return Wire.in(ByteOrder.LITTLE_ENDIAN);
    }

    /** What foreign memory of this process counts, which the collector frees late: a bound from above. */
    private static long nativeMemory() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getTotalCapacity)
                .sum();
    }
}
