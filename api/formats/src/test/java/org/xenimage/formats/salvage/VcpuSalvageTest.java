package org.xenimage.formats.salvage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntry;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.tools.salvage.Salvage;
import org.xenimage.tools.salvage.SalvageReport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The intact registers of an incomplete record are used, and the rest is reported as lost. */
class VcpuSalvageTest {
    private static final int VCPUS = 2;
    private static final int HEADER = RecordFrame.HEADER_LENGTH;

    @TempDir private Path folder;
    private final Images images = Images.load();

    /** A record of an image, with its place in the file. */
    private record Placed(long offset, FieldValue.Bytes content) {
        byte[] body() {
            return content.toArray();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PVH", "HVM"})
    void theEntriesOfAnHvmContextThatAreWholeAreKept(SampleGuest guest) throws IOException {
        Path complete = sample(guest);
        Placed record = placed(complete, RecordType.HVM_CONTEXT);
        List<HvmEntry> entries = entries(complete);
        byte[] file = Files.readAllBytes(complete);
        int end = HEADER;
        boolean registers = false;
        for (int i = 0; i < entries.size(); i++) {
            long length = 8 + entries.get(i).length();
            // within the entry, right behind it
            for (long cut : new long[] {end + length / 2, end + length}) {
                boolean all = registers || (cut == end + length && isCpu(entries.get(i)));
                Path damaged = folder.resolve("damaged");
                int at = (int) (record.offset() + cut);
                if (at >= record.offset() + HEADER + record.body().length) continue;
                Files.write(damaged, Arrays.copyOf(file, at));
                Salvage salvage = survey(damaged);
                Path made = made(salvage);
                if (!all) {
                    assertFalse(has(made, RecordType.HVM_CONTEXT), "cut at entry " + i);
                    continue;
                }
                List<HvmEntry> left = entries(made);
                int expected = cut == end + length ? i + 1 : i;
                assertEquals(entries.subList(0, expected), left.subList(0, left.size() - 1));
                assertEquals(HvmEntryType.END.code(), left.getLast().typecode());
                assertTold(salvage, "record HVM_CONTEXT");
            }
            registers |= isCpu(entries.get(i));
            end += (int) length;
        }
        assertTrue(registers);
    }

    private static boolean isCpu(HvmEntry entry) {
        return entry.typecode() == HvmEntryType.CPU.code();
    }

    /** An entry that says a length which it has not is where the whole ones end. */
    @Test
    void whatFollowsADamagedEntryIsLost() throws IOException {
        Path complete = sample(SampleGuest.PVH);
        Placed record = placed(complete, RecordType.HVM_CONTEXT);
        List<HvmEntry> entries = entries(complete);
        int third = HEADER;
        for (HvmEntry entry : entries.subList(0, 3)) third += (int) (8 + entry.length());
        byte[] file = Files.readAllBytes(complete);
        file[(int) record.offset() + third + 7] = 0x7f;
        Path damaged = Files.write(folder.resolve("damaged"), file);
        Salvage salvage = survey(damaged);
        List<HvmEntry> left = entries(made(salvage));
        assertEquals(entries.subList(0, 3), left.subList(0, 3));
        assertEquals(4, left.size());
        assertTold(salvage, "record HVM_CONTEXT");
        assertTrue(has(folder.resolve("made"), RecordType.HVM_PARAMS), "what follows is kept");
    }

    @Test
    void aPvContextIsKeptIfItsRegistersAreWhole() throws IOException {
        Path complete = sample(SampleGuest.PV);
        Placed record = placed(complete, RecordType.X86_PV_VCPU_BASIC);
        byte[] file = Files.readAllBytes(complete);
        int registers = 8 + 512 + 8 + 200;
        for (int there : new int[] {0, 100, registers - 1, registers, registers + 9, 5000}) {
            int end = (int) record.offset() + HEADER + there;
            Path damaged = Files.write(folder.resolve("damaged"), Arrays.copyOf(file, end));
            Salvage salvage = survey(damaged);
            Path made = made(salvage);
            assertEquals(
                    there >= registers, has(made, RecordType.X86_PV_VCPU_BASIC), "bytes " + there);
            assertTold(salvage, "record X86_PV_VCPU_BASIC");
            if (there < registers) continue;
            byte[] expected = Arrays.copyOf(Arrays.copyOf(record.body(), there), 8 + 5168);
            assertArrayEquals(expected, placed(made, RecordType.X86_PV_VCPU_BASIC).body());
        }
    }

    private static void assertTold(Salvage salvage, String what) {
        SalvageReport report = salvage.report();
        assertTrue(
                report.missing().stream().anyMatch(line -> line.contains(what)),
                report.missing()::toString);
    }

    private Path sample(SampleGuest guest) throws IOException {
        Path file = folder.resolve(guest.name());
        try (ImageWriter writer =
                format("xl").write(ChannelSink.create(file), WriteOptions.DEFAULT)) {
            SampleImage.of(guest).withMemoryMiB(4).withVcpus(VCPUS).writeTo(writer);
            writer.end();
        }
        return file;
    }

    private ImageFormat format(String name) {
        return images.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Salvage survey(Path damaged) throws IOException {
        return Salvage.survey(
                images, () -> ChannelSource.open(damaged), Optional.empty(), ReadOptions.DEFAULT);
    }

    private Path made(Salvage salvage) throws IOException {
        Path made = folder.resolve("made");
        Files.deleteIfExists(made);
        try (ChannelSink sink = ChannelSink.create(made)) {
            salvage.write(format("native"), sink, WriteOptions.DEFAULT);
        }
        return made;
    }

    private List<HvmEntry> entries(Path image) throws IOException {
        var found = new ArrayList<HvmEntry>();
        try (ImageReader reader = images.open(image)) {
            reader.drainTo(element -> {
                if (element instanceof RecordFrame frame
                        && frame.decode() instanceof HvmContext context)
                    found.addAll(context.entries());
            });
        }
        return found;
    }

    private boolean has(Path image, RecordType type) throws IOException {
        return !all(image, type).isEmpty();
    }

    private Placed placed(Path image, RecordType type) throws IOException {
        return all(image, type).getFirst();
    }

    private List<Placed> all(Path image, RecordType type) throws IOException {
        var found = new ArrayList<Placed>();
        try (ImageReader reader = images.open(image)) {
            reader.drainTo(element -> {
                if (element instanceof RecordFrame frame && frame.type().equals(type))
                    found.add(new Placed(frame.offset(), FieldValue.Bytes.of(frame.body())));
            });
        }
        return found;
    }
}
