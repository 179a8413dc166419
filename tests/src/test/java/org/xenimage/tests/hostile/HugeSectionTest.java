package org.xenimage.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.tests.testkit.ForgedImage;
import org.xenimage.tests.testkit.StreamBuilder;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Each section of a native image in turn becomes a hole of a TiB, and the headers are sealed again, so that a reader
 * believes the length: each command must check it before it allocates memory, and count in 64 bits.
 */
class HugeSectionTest {
    private static final long TIB = 1L << 40;
    private static final int HEADER = 64;
    private static final int SUM = 24;

    private static final List<String> COMMANDS =
            List.of(
                    "info IN",
                    "verify IN",
                    "rewrite --dry-run IN",
                    "convert IN OUT --to native --compress zstd",
                    "diff IN GOOD",
                    "extract pages IN --pfn 0-3 -o OUT",
                    "metadata COPY set site.owner=ada");

    @TempDir private Path folder;

    /** A section header: its index, its name, and where it is in the file. */
    private record Section(int index, String name, int header) {}

    @ParameterizedTest
    @ValueSource(strings = {"native", "native --compress zstd"})
    void noCommandAllocatesWhatASectionHeaderClaims(String form) throws IOException {
        byte[] image = image(form);
        Files.write(folder.resolve("GOOD"), image);
        List<String> wrong = new ArrayList<>();
        List<Section> sections = sections(image);
        assertTrue(sections.size() > 10, sections::toString);
        for (Section section : sections) {
            for (String command : COMMANDS) {
                grow(image, section, folder.resolve("IN"));
                grow(image, section, folder.resolve("COPY"));
                CommandRun run = CommandRun.of(folder, command);
                String fault = run.fault(folder);
                if (!fault.isEmpty()) wrong.add(section.name() + ": " + fault + ": " + run);
                CommandRun.clean(folder);
            }
        }
        assertTrue(wrong.isEmpty(), () -> String.join("\n", wrong));
    }

    /** More sums than any heap holds, under a right trailer. */
    @ParameterizedTest
    @ValueSource(strings = {"native", "native --compress zstd"})
    void noCommandAllocatesWhatTheTrailerClaims(String form) throws IOException {
        byte[] image = image(form);
        Files.write(folder.resolve("GOOD"), image);
        Section sums =
                sections(image).stream()
                        .filter(section -> section.name().equals(".xenimage.sums"))
                        .findFirst()
                        .orElseThrow();
        List<String> wrong = new ArrayList<>();
        List<String> commands = new ArrayList<>(COMMANDS);
        commands.add("salvage IN OUT");
        for (String command : commands) {
            for (String name : List.of("IN", "COPY")) manySums(image, sums, folder.resolve(name));
            CommandRun run = CommandRun.of(folder, command);
            String fault = run.fault(folder);
            if (!fault.isEmpty()) wrong.add(fault + ": " + run);
            CommandRun.clean(folder);
        }
        assertTrue(wrong.isEmpty(), () -> String.join("\n", wrong));
    }

    private byte[] image(String form) throws IOException {
        Files.write(
                folder.resolve("IN"),
                StreamBuilder.pv()
                        .memory(0, 1, 2, 3)
                        .verifyRound(1)
                        .memory(7, 1)
                        .complete()
                        .bytes());
        CommandRun run = CommandRun.of(folder, "convert IN OUT --to " + form);
        assertEquals(0, run.status(), run::toString);
        byte[] bytes = Files.readAllBytes(folder.resolve("OUT"));
        CommandRun.clean(folder);
        return bytes;
    }

    private static ByteBuffer buffer(byte[] image) {
        return ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static List<Section> sections(byte[] image) {
        ByteBuffer bytes = buffer(image);
        int table = (int) bytes.getLong(40);
        int count = Short.toUnsignedInt(bytes.getShort(60));
        int strings = table + HEADER * Short.toUnsignedInt(bytes.getShort(62));
        int names = (int) bytes.getLong(strings + 24);
        List<Section> sections = new ArrayList<>();
        for (int i = 1; i < count; i++) {
            int header = table + HEADER * i;
            int from = names + bytes.getInt(header);
            int to = from;
            while (image[to] != 0) to++;
            String name = new String(image, from, to - from, StandardCharsets.US_ASCII);
            sections.add(new Section(i, name, header));
        }
        return sections;
    }

    /** Lets a section begin behind the image, and end with a hole. */
    private static void grow(byte[] image, Section section, Path file) throws IOException {
        byte[] changed = image.clone();
        long start = (image.length + 4095L) / 4096 * 4096;
        buffer(changed).putLong(section.header() + 24, start).putLong(section.header() + 32, TIB);
        byte[] sealed = new ForgedImage(changed).seal().bytes();
        Files.write(file, sealed);
        try (var grown = new RandomAccessFile(file.toFile(), "rw")) {
            grown.setLength(start + TIB);
        }
    }

    /** The greatest table of sums that the length of the file allows, and a trailer behind it. */
    private static void manySums(byte[] image, Section sums, Path file) throws IOException {
        byte[] changed = image.clone();
        long start = (image.length + 4095L) / 4096 * 4096;
        long length = (long) SUM * (1 << 28);
        ByteBuffer bytes = buffer(changed);
        bytes.putLong(sums.header() + 24, start).putLong(sums.header() + 32, length);
        ByteBuffer trailer = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        trailer.put(image, image.length - HEADER, HEADER);
        trailer.putLong(16, start + length + HEADER).putLong(24, start).putLong(32, length);
        var crc = new CRC32C();
        crc.update(trailer.array(), 0, 60);
        trailer.putInt(60, (int) crc.getValue());
        Files.write(file, changed);
        try (var grown = new RandomAccessFile(file.toFile(), "rw")) {
            grown.setLength(start + TIB);
            grown.seek(start + length);
            grown.write(trailer.array());
        }
    }
}
