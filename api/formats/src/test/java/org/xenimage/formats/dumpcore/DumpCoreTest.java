package org.xenimage.formats.dumpcore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.formats.core.VcpuContexts;
import org.xenimage.formats.elf.Elf;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A dump-core has the pages and contexts of a stream, and comes back byte for byte. */
class DumpCoreTest {
    private static final int HVM_CPU_LENGTH = 1032;

    @TempDir Path folder;

    private Path write(String name, int type, List<ImageElement> elements) throws IOException {
        Path path = folder.resolve(name);
        try (var writer = new DumpCoreFormat().write(ChannelSink.create(path))) {
            writer.accept(
                    new LibxcHeader(
                            0, 3, (short) 0, (short) 0, 0, type, (short) 12, (short) 0, 4, 17));
            for (ImageElement element : elements) writer.accept(element);
            writer.end();
        }
        return path;
    }

    private static PageBatch pages(long... pfns) {
        byte[] data = new byte[4096 * pfns.length];
        for (int i = 0; i < data.length; i++) data[i] = (byte) (i / 4096 + i + pfns[i / 4096]);
        return PageBatch.of(ByteOrder.LITTLE_ENDIAN, pfns, MemorySegment.ofArray(data));
    }

    private static RecordFrame record(RecordType type, byte[] body) {
        return RecordFrame.of(type, RecordContext.X86_64, MemorySegment.ofArray(body));
    }

    private Path pv() throws IOException {
        byte[] vcpu = new byte[8 + VcpuContexts.LENGTH_64];
        vcpu[8 + 512] = 5;
        byte[] second = vcpu.clone();
        second[0] = 1;
        return write(
                "pv",
                1,
                List.of(
                        record(RecordType.X86_PV_INFO, new byte[] {8, 4, 0, 0, 0, 0, 0, 0}),
                        pages(1, 2, 7),
                        pages(9, 3),
                        record(RecordType.SHARED_INFO, new byte[4096]),
                        record(RecordType.X86_PV_VCPU_BASIC, vcpu),
                        record(RecordType.X86_PV_VCPU_BASIC, second)));
    }

    @Test
    void aCoreThatWasReadIsWrittenAgainByteForByte() throws IOException {
        Path core = pv();
        Path again = folder.resolve("again");
        try (var reader = new DumpCoreFormat().read(ChannelSource.open(core));
                var writer = new DumpCoreFormat().write(ChannelSink.create(again))) {
            reader.drainTo(writer);
        }
        assertEquals(-1, Files.mismatch(core, again));
    }

    @Test
    void pagesAscendAndBothVcpusAreThere() throws IOException {
        List<Long> pfns = new ArrayList<>();
        List<RecordType> records = new ArrayList<>();
        try (var reader = new DumpCoreFormat().read(ChannelSource.open(pv()))) {
            reader.drainTo(element -> {
                if (element instanceof PageBatch batch) {
                    for (int i = 0; i < batch.count(); i++) pfns.add(batch.pfn(i));
                }
                if (element instanceof RecordFrame frame) records.add(frame.type());
            });
        }
        assertEquals(List.of(1L, 2L, 3L, 7L, 9L), pfns);
        assertEquals(2, records.stream().filter(RecordType.X86_PV_VCPU_BASIC::equals).count());
    }

    @Test
    void registersOfAnHvmGuestComeFromItsContext() throws IOException {
        byte[] context = new byte[8 + HVM_CPU_LENGTH + 8];
        MemorySegment to = MemorySegment.ofArray(context);
        to.set(Elf.U16, 0, (short) 2);
        to.set(Elf.U32, 4, HVM_CPU_LENGTH);
        to.set(Elf.U64, 8 + 640, 0x1234);
        to.set(Elf.U64, 8 + 512, 0x5678);
        Path core = write("hvm", 2, List.of(pages(0), record(RecordType.HVM_CONTEXT, context)));
        byte[] bytes = Files.readAllBytes(core);
        MemorySegment file = MemorySegment.ofArray(bytes);
        long prstatus = file.get(Elf.U64, 64 + 3 * 64 + 24);
        assertEquals(0x1234, file.get(Elf.U64, prstatus + 520 + 128));
        assertEquals(0x5678, file.get(Elf.U64, prstatus + 520 + 80));
    }

    @Test
    void aCountThatDoesNotFitIsReadAndKept() throws IOException {
        byte[] bytes = Files.readAllBytes(pv());
        MemorySegment file = MemorySegment.ofArray(bytes);
        long notes = file.get(Elf.U64, 64 + 2 * 64 + 24);
        file.set(Elf.U64, notes + 16 + 16 + 16, 4);
        Path bad = Files.write(folder.resolve("bad"), bytes);
        assertArrayEquals(bytes, again(bad));
    }

    /** The bytes of a core that was read and written. */
    private byte[] again(Path core) throws IOException {
        Path again = folder.resolve("again");
        Files.deleteIfExists(again);
        try (var reader = new DumpCoreFormat().read(ChannelSource.open(core));
                var writer = new DumpCoreFormat().write(ChannelSink.create(again))) {
            reader.drainTo(writer);
        }
        return Files.readAllBytes(again);
    }

    private static long section(int index) {
        return 64 + 64L * index;
    }

    /**
     * A map that does not ascend, invalid entries with and without contents, a machine that the contexts do not tell.
     */
    @Test
    void whatOtherReadersReadComesBackByteForByte() throws IOException {
        byte[] complete = Files.readAllBytes(pv());
        MemorySegment file = MemorySegment.ofArray(complete);
        long map = file.get(Elf.U64, section(6) + 24);
        for (int kind = 0; kind < 5; kind++) {
            byte[] odd = complete.clone();
            MemorySegment to = MemorySegment.ofArray(odd);
            switch (kind) {
                case 0 -> MemorySegment.copy(file, map, to, map + 32, 16);
                case 1 -> to.asSlice(map + 16, 16).fill((byte) -1);
                case 2 -> to.asSlice(map + 16, 8).fill((byte) -1);
                case 3 -> {
                    to.asSlice(map + 16, 16).fill((byte) -1);
                    to.asSlice(file.get(Elf.U64, section(5) + 24) + 4096, 4096).fill((byte) 0);
                }
                default -> to.set(Elf.U16, 18, (short) Elf.EM_386);
            }
            assertArrayEquals(odd, again(Files.write(folder.resolve("odd"), odd)), "kind " + kind);
        }
    }

    @Test
    void aMapThatEndsEarlyIsReadAndItsPagesAreKept() throws IOException {
        byte[] bytes = Files.readAllBytes(pv());
        MemorySegment file = MemorySegment.ofArray(bytes);
        long map = file.get(Elf.U64, section(6) + 24);
        long length = file.get(Elf.U64, section(6) + 32);
        long names = file.get(Elf.U64, section(1) + 24);
        byte[] cut = new byte[bytes.length - 16];
        System.arraycopy(bytes, 0, cut, 0, (int) (map + length - 16));
        System.arraycopy(bytes, (int) names, cut, (int) names - 16, bytes.length - (int) names);
        MemorySegment to = MemorySegment.ofArray(cut);
        to.set(Elf.U64, section(6) + 32, length - 16);
        to.set(Elf.U64, section(1) + 24, names - 16);
        Path early = Files.write(folder.resolve("early"), cut);
        assertArrayEquals(cut, again(early));
        List<Long> pfns = new ArrayList<>();
        List<RecordType> records = new ArrayList<>();
        try (var reader = new DumpCoreFormat().read(ChannelSource.open(early))) {
            reader.drainTo(element -> {
                if (element instanceof PageBatch batch)
                    for (int i = 0; i < batch.count(); i++) pfns.add(batch.pfn(i));
                if (element instanceof RecordFrame frame) records.add(frame.type());
            });
        }
        assertEquals(List.of(1L, 2L, 3L, 7L), pfns);
        assertTrue(records.contains(RecordType.CORE_UNPLACED), records::toString);
    }

    @Test
    void aCutCoreIsDetected() throws IOException {
        byte[] bytes = Files.readAllBytes(pv());
        for (int length = 1; length < bytes.length; length += 97) {
            Path cut = Files.write(folder.resolve("cut"), java.util.Arrays.copyOf(bytes, length));
            assertThrows(
                    ImageException.class,
                    () -> new DumpCoreFormat().read(ChannelSource.open(cut)),
                    "at " + length);
        }
    }

    @Test
    void equalPagesStayEqual() throws IOException {
        byte[] bytes = Files.readAllBytes(pv());
        MemorySegment file = MemorySegment.ofArray(bytes);
        long first = file.get(Elf.U64, 64 + 5 * 64 + 24);
        assertArrayEquals(
                pages(1, 2, 7).data().asSlice(0, 4096).toArray(ValueLayout.JAVA_BYTE),
                file.asSlice(first, 4096).toArray(ValueLayout.JAVA_BYTE));
    }
}
