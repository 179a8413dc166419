package org.xenimage.formats.vmcore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.formats.core.VcpuContexts;
import org.xenimage.formats.dumpcore.DumpCoreFormat;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.xl.XlFormat;
import org.xenimage.image.Images;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.UnsupportedFormat;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Conversion.Target;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/** A vmcore is an ELF core with registers first and every page at its physical address. */
class VmcoreTest {
    private static final int NOTE_LENGTH = 12 + 8 + 336;
    private static final long BLIND_LENGTH = 0x90;

    @TempDir private Path folder;

    /** A PV guest without page tables: the second page of the first run is empty, so is the last page of all. */
    private Path written(String name, int vcpus) throws IOException {
        Path path = folder.resolve(name);
        try (var writer = new VmcoreFormat().write(ChannelSink.create(path))) {
            writer.accept(
                    new LibxcHeader(
                            0, 3, (short) 0, (short) 0, 0, 1, (short) 12, (short) 0, 4, 17));
            writer.accept(pages(1, 2, 7));
            writer.accept(pages(9, 3));
            for (int id = 0; id < vcpus; id++) {
                byte[] body = new byte[8 + VcpuContexts.LENGTH_64];
                MemorySegment context = MemorySegment.ofArray(body);
                context.set(Elf.U32, 0, id);
                context.set(Elf.U64, 8 + 520 + 128, 0x1000 + id);
                writer.accept(
                        RecordFrame.of(
                                RecordType.X86_PV_VCPU_BASIC, RecordContext.X86_64, context));
            }
            writer.end();
        }
        return path;
    }

    private static PageBatch pages(long... pfns) {
        MemorySegment all = MemorySegment.ofArray(new byte[4096 * pfns.length]);
        for (int i = 0; i < pfns.length; i++) {
            if (pfns[i] != 2 && pfns[i] != 9) all.asSlice(4096L * i, 4096).fill((byte) pfns[i]);
        }
        return PageBatch.of(ByteOrder.LITTLE_ENDIAN, pfns, all);
    }

    @Test
    void theHeadersAreThoseOfKdump() throws IOException {
        byte[] bytes = Files.readAllBytes(written("core", 1));
        assertEquals(
                "7f454c46020101000000000000000000" // ELF64, little-endian, version 1
                        + "04003e0001000000" // ET_CORE, x86-64
                        + "0000000000000000"
                        + "4000000000000000" // e_phoff 64
                        + "0000000000000000"
                        + "00000000400038000400000000000000"
                        // PT_NOTE at 0x120: one vCPU, and that there is no virtual memory
                        + "0400000000000000"
                        + "2001000000000000"
                        + "0000000000000000"
                        + "0000000000000000"
                        + "f401000000000000"
                        + "0000000000000000"
                        + "0400000000000000"
                        // PT_LOAD of PFN 1 to 3, at an address that no guest has
                        + "0100000004000000"
                        + "0000100000000000"
                        + "0010000000000010"
                        + "0010000000000000"
                        + "0030000000000000"
                        + "0030000000000000"
                        + "0010000000000000",
                HexFormat.of().formatHex(bytes, 0, 64 + 2 * 56));
    }

    @Test
    void everySegmentHasThePagesOfItsPhysicalAddresses() throws IOException {
        assertSegments(written("core", 2), 2);
    }

    @Test
    void manyVcpusMovePagesBack() throws IOException {
        Path core = written("core", 3000);
        assertTrue(3000 * NOTE_LENGTH > VmcoreWriter.PAGES_AT);
        assertSegments(core, 3000);
    }

    private static void assertSegments(Path core, int vcpus) throws IOException {
        byte[] bytes = Files.readAllBytes(core);
        MemorySegment file = MemorySegment.ofArray(bytes);
        int segments = file.get(Elf.U16, 56);
        long notes = file.get(Elf.U64, 64 + 8);
        assertEquals((long) vcpus * NOTE_LENGTH + BLIND_LENGTH, file.get(Elf.U64, 64 + 32));
        for (int vcpu = 0; vcpu < vcpus; vcpu++) {
            long rip = notes + (long) vcpu * NOTE_LENGTH + 20 + 112 + 16 * 8;
            assertEquals(0x1000 + vcpu, file.get(Elf.U64, rip));
        }
        long found = 0;
        for (int i = 1; i < segments; i++) {
            long at = 64 + 56L * i;
            long offset = file.get(Elf.U64, at + 8);
            long physical = file.get(Elf.U64, at + 24);
            long length = file.get(Elf.U64, at + 32);
            for (long done = 0; done < length; done += 4096, found++) {
                long pfn = (physical + done) >>> 12;
                byte[] expected = new byte[4096];
                java.util.Arrays.fill(expected, (byte) (pfn == 2 || pfn == 9 ? 0 : pfn));
                int start = (int) (offset + done);
                assertArrayEquals(
                        expected,
                        java.util.Arrays.copyOfRange(bytes, start, start + 4096),
                        "PFN " + pfn);
                if (pfn == 9) assertEquals(bytes.length, start + 4096);
            }
        }
        assertEquals(5, found);
    }

    @Test
    void oneImageMakesOneCore() throws IOException {
        assertEquals(-1, Files.mismatch(written("one", 2), written("two", 2)));
    }

    @Test
    void aPipeIsRefused() throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var sink = ChannelSink.over("pipe", Channels.newChannel(bytes));
                var writer = new VmcoreFormat().write(sink)) {
            IOException refused = assertThrows(IOException.class, () -> writer.accept(pages(1)));
            assertTrue(
                    String.valueOf(refused.getMessage()).contains("write it to a file"),
                    refused.getMessage());
        }
        assertEquals(0, bytes.size());
    }

    @Test
    void aCoreIsNoImage() throws IOException {
        Path core = written("core", 1);
        try (var source = ChannelSource.open(core)) {
            UnsupportedFormat refused =
                    assertThrows(UnsupportedFormat.class, () -> Images.load().open(source));
            String message = String.valueOf(refused.getMessage());
            assertFalse(message.contains("vmcore,"), message);
            assertTrue(message.contains("is a core file without data of Xen"), message);
        }
        try (var source = ChannelSource.open(core)) {
            assertThrows(IOException.class, () -> new VmcoreFormat().read(source));
        }
    }

    @Test
    void aCoreOfASaveIsNotRestorable() throws IOException {
        Images images = Images.load();
        assertFalse(Conversion.plan(images, new XlFormat(), Target.VMCORE).restorable());
    }

    /** Nobody could restore the dump-core either, so there is nothing to be warned of. */
    @Test
    void aConversionOfADumpCoreNeedsNoLeaveToLoseTheRestore() throws IOException {
        Images images = Images.load();
        for (Target target :
                List.of(Target.NATIVE, Target.NATIVE_STREAM, Target.DUMP_CORE, Target.VMCORE))
            assertTrue(
                    Conversion.plan(images, new DumpCoreFormat(), target).restorable(),
                    target.id());
        for (Target target : List.of(Target.XL, Target.LIBXL, Target.LIBXC_V3, Target.LIBXC_V2)) {
            IOException refused =
                    assertThrows(
                            IOException.class,
                            () -> Conversion.plan(images, new DumpCoreFormat(), target));
            String message = String.valueOf(refused.getMessage());
            assertTrue(message.endsWith("convert it to native, dump-core or vmcore"), message);
        }
    }
}
