package org.xenimage.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.io.HeapBounds;
import org.xenimage.tests.program.ProgramShell;
import org.xenimage.tests.testkit.ForgedImage;
import org.xenimage.tests.testkit.StreamBuilder;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Images that are made to fill the memory, and the largest legal ones, in a JVM with the memory that the launcher gives
 * it: each command does its work or says in one line why it cannot. None runs out of memory.
 */
class LauncherMemoryTest {
    private static final Path LAUNCHER =
            ProgramShell.ROOT.resolve("scripting-host/cli/src/main/dist/bin/xenimage");

    /** The greatest PFN of a guest: 52 bits of physical address. */
    private static final long LAST_PFN = (1L << 40) - 1;

    @TempDir private static Path folder;

    /** What is too much of. */
    enum Excess {
        /** A config with a million keys. */
        KEYS,
        /** A config of empty objects, which take fifty times their text. */
        EMPTY_OBJECTS,
        /** Twelve MiB of metadata. */
        METADATA,
        /** Two hundred sections that came in chunks, in 24 KB. */
        SECTIONS,
        /** Many notes of a few bytes. */
        NOTES,
        /** As many PFNs as a guest of 16 GiB, as far apart as can be. */
        SCATTERED_PFNS,
        /** Records by the hundred thousand. */
        RECORDS,
        /** A recipe that is mostly a hole. */
        RECIPE,
        /** A step of a recipe with as many contents as a step may have, and no entries for them. */
        CONTENTS,
        /** A PAGE_DATA record of the greatest length, without contents. */
        LONGEST_RECORD,
        /** The same with one page's contents, cut within them: what is left of it are its entries. */
        LONGEST_RECORD_CUT,
        /** A PAGE_DATA record of the greatest length, full of contents, cut in the middle. */
        FULLEST_RECORD_CUT
    }

    private static final List<String> COMMANDS =
            List.of(
                    "info IN",
                    "verify IN",
                    "rewrite IN OUT",
                    "convert IN OUT --to native-stream",
                    "convert IN OUT --to native",
                    "diff IN IN",
                    "dump IN DIR",
                    "salvage IN OUT",
                    "extract metadata IN");

    @BeforeAll
    static void copies() throws IOException {
        run(List.of("sample", file("GOOD"), "--guest", "pv", "--memory", "4"), 0);
        run(List.of("convert", file("GOOD"), file("stream"), "--to", "native-stream"), 0);
        run(List.of("convert", file("GOOD"), file("plain"), "--to", "native"), 0);
    }

    @Test
    void theLauncherGivesNoLessThanTheBoundsNeed() throws IOException {
        assertEquals(HeapBounds.LEAST, heap() << 20);
        // The client of the agent has a heap of its own: it reads no image.
        Matcher heaps =
                Pattern.compile("heap=.*-Xmx(\\d+)([mg])").matcher(Files.readString(LAUNCHER));
        int found = 0;
        while (heaps.find()) {
            found++;
            long mib = Long.parseLong(heaps.group(1)) * (heaps.group(2).equals("g") ? 1024 : 1);
            assertTrue(mib << 20 >= HeapBounds.LEAST, heaps.group());
        }
        assertEquals(4, found, "heaps of the launcher");
    }

    @ParameterizedTest
    @EnumSource
    void everyCommandHasEnoughMemory(Excess excess) throws IOException {
        make(excess, folder.resolve("IN"));
        List<String> wrong = new ArrayList<>();
        for (String command : COMMANDS) {
            Outcome outcome = run(words(command), -1);
            boolean fine =
                    outcome.status() <= 2
                            && !outcome.text().contains("out of memory")
                            && !outcome.text().contains("\tat ");
            if (!fine) wrong.add(command + ": " + outcome);
            CommandRun.clean(folder);
        }
        assertTrue(wrong.isEmpty(), () -> String.join("\n", wrong));
    }

    /** A guest of 64 GiB, half of whose PFNs are the greatest that x86 has: page contents are holes of the file. */
    @Test
    void theLargestImagesAreRead() throws IOException {
        sparse(folder.resolve("IN"), 64);
        isRead(64);
    }

    /** A native image is less sparse, since all of it passes through the converter. */
    @Test
    void theGreatestPfnsAreReadFromANativeImage() throws IOException {
        sparse(folder.resolve("XL"), 2);
        run(words("convert XL IN --to native"), 0);
        run(words("diff XL IN"), 0);
        Files.delete(folder.resolve("XL"));
        isRead(2);
    }

    private static void isRead(int gib) throws IOException {
        Outcome info = run(words("info IN"), 0);
        assertTrue(info.text().contains(gib * 262_144L + " with contents"), info::toString);
        run(words("verify IN"), 0);
        run(words("rewrite --dry-run IN"), 0);
        List<String> extract = new ArrayList<>(words("extract pages IN -o OUT"));
        extract.addAll(List.of("--pfn", "0x%x".formatted(LAST_PFN)));
        run(extract, 0);
        assertEquals(4096, Files.size(folder.resolve("OUT")));
        CommandRun.clean(folder);
        Files.delete(folder.resolve("IN"));
    }

    /** Page contents are read for this, which takes its time for holes too. */
    @Test
    void imagesOfLargeGuestsAreCompared() throws IOException {
        sparse(folder.resolve("IN"), 8);
        run(words("diff IN IN"), 0);
        Files.delete(folder.resolve("IN"));
    }

    private static void make(Excess excess, Path file) throws IOException {
        switch (excess) {
            case KEYS -> {
                var text = new StringBuilder("{\"c_info\":{\"name\":\"web1\"}");
                for (int i = 0; i < 1_000_000; i++) text.append(",\"k").append(i).append("\":0");
                withConfig(file, text.append('}').toString());
            }
            case EMPTY_OBJECTS -> withConfig(file, "{\"a\":[" + "{},".repeat(5 << 20) + "0]}");
            case METADATA -> {
                String text = "{\"a\":[" + "{},".repeat(4 << 20) + "0]}";
                var image = new ForgedImage(Files.readAllBytes(folder.resolve("stream")));
                int chunk =
                        image.chunks().stream()
                                .filter(at -> image.kind(at) == 2)
                                .findFirst()
                                .orElseThrow();
                Files.write(file, image.store(chunk, 0, text.length(), bytes(text)).seal().bytes());
            }
            case SECTIONS -> {
                var image = new ForgedImage(Files.readAllBytes(folder.resolve("stream")));
                int content = firstContent(image);
                for (int i = 0; i < 200; i++)
                    image.insert(content, 0x81, part(".acme." + i, new byte[8]));
                Files.write(file, image.seal().bytes());
            }
            case NOTES -> {
                var image = new ForgedImage(Files.readAllBytes(folder.resolve("stream")));
                byte[] notes = new byte[12 << 20];
                for (int at = 0; at + 12 <= notes.length; at += 12) notes[at + 8] = 99;
                Files.write(file, image.insert(firstContent(image), 0x80, notes).seal().bytes());
            }
            case SCATTERED_PFNS -> {
                long[][] batches = new long[32][1 << 17];
                for (int i = 0; i < batches.length; i++)
                    for (int j = 0; j < 1 << 17; j++)
                        batches[i][j] = 0xfL << 60 | ((long) j * 32 + (31 - i)) << 13;
                StreamBuilder stream = StreamBuilder.hvm();
                for (long[] batch : batches) stream = stream.pages(batch);
                Files.write(file, stream.complete().bytes());
            }
            case RECORDS -> {
                byte[] complete = StreamBuilder.hvm().memory(0).complete().bytes();
                int at = new ForgedImage(complete).indexOf("\u0001\0\0\0\u0010\u0010\0\0");
                try (OutputStream out = Files.newOutputStream(file)) {
                    out.write(complete, 0, at);
                    byte[] record = {1, 0, 0, (byte) 0x80, 0, 0, 0, 0};
                    byte[] many = new byte[1 << 16];
                    for (int i = 0; i < many.length; i += 8)
                        System.arraycopy(record, 0, many, i, 8);
                    for (int i = 0; i < 64; i++) out.write(many);
                    out.write(complete, at, complete.length - at);
                }
            }
            case RECIPE -> recipe(file);
            case CONTENTS -> {
                byte[] image = Files.readAllBytes(folder.resolve("plain"));
                ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
                int step = new ForgedImage(image).section(".xenimage.recipe");
                bytes.putLong(step, 8L << 24).putInt(step + 8, 1 << 24).putInt(step + 12, 1 << 24);
                Files.write(file, new ForgedImage(image).seal().bytes());
            }
            case LONGEST_RECORD -> pageRecord(file, (128 << 20) / 8 - 1, 0);
            case LONGEST_RECORD_CUT -> {
                pageRecord(file, (128 << 20) / 8 - 1 - 512, 1);
                cut(file, 1000);
            }
            case FULLEST_RECORD_CUT -> {
                int count = ((128 << 20) - 8) / (8 + 4096);
                pageRecord(file, count, count);
                cut(file, 4096L * count / 2);
            }
        }
    }

    /** An image with a PAGE_DATA record of so many entries, the last of which have contents: holes of the file. */
    private static void pageRecord(Path file, int count, int contents) throws IOException {
        byte[] complete = StreamBuilder.hvm().memory(0).complete().bytes();
        int at = new ForgedImage(complete).indexOf("\u0001\0\0\0\u0010\u0010\0\0");
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(0);
            out.write(complete, 0, at);
            ByteBuffer head = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
            head.putInt(1).putInt(8 + 8 * count + 4096 * contents).putInt(count).putInt(0);
            out.write(head.array());
            ByteBuffer entries = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < count; i++) {
                entries.putLong((i < count - contents ? 0xfL << 60 : 0) | i);
                if (!entries.hasRemaining() || i + 1 == count) {
                    out.write(entries.array(), 0, entries.position());
                    entries.clear();
                }
            }
            out.seek(out.getFilePointer() + 4096L * contents);
            out.write(complete, at, complete.length - at);
        }
    }

    /** Cuts a file so many bytes before the end of its last record of pages. */
    private static void cut(Path file, long before) throws IOException {
        byte[] complete = StreamBuilder.hvm().memory(0).complete().bytes();
        int at = new ForgedImage(complete).indexOf("\u0001\0\0\0\u0010\u0010\0\0");
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(out.length() - (complete.length - at) - before);
        }
    }

    private static int firstContent(ForgedImage image) {
        return image.chunks().stream().filter(at -> image.kind(at) == 1).findFirst().orElseThrow();
    }

    private static byte[] part(String name, byte... bytes) {
        return ByteBuffer.allocate(40 + name.length() + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0)
                .putLong(bytes.length)
                .putLong(0)
                .putLong(1)
                .putInt(1)
                .putInt(name.length())
                .put(bytes(name))
                .put(bytes)
                .array();
    }

    private static void withConfig(Path file, String text) throws IOException {
        byte[] save = Files.readAllBytes(folder.resolve("GOOD"));
        int from = new ForgedImage(save).indexOf("{");
        int to = new ForgedImage(save).indexOf("LibxlFmt");
        ByteBuffer lengths = ByteBuffer.wrap(save).order(ByteOrder.LITTLE_ENDIAN);
        lengths.putInt(44, 4 + text.length() + 1).putInt(48, text.length() + 1);
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(save, 0, from);
            out.write(bytes(text));
            out.write(0);
            out.write(save, to, save.length - to);
        }
    }

    /** The recipe of a seekable image becomes a hole of a TiB. */
    private static void recipe(Path file) throws IOException {
        byte[] image = Files.readAllBytes(folder.resolve("plain"));
        ByteBuffer bytes = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        long table = bytes.getLong(40);
        int count = bytes.getShort(60);
        int names = (int) bytes.getLong((int) table + 64 + 24);
        for (int i = 1; i < count; i++) {
            int at = (int) table + 64 * i;
            String name =
                    new String(image, names + bytes.getInt(at), 18, StandardCharsets.US_ASCII);
            if (!name.startsWith(".xenimage.recipe")) continue;
            bytes.putLong(at + 24, image.length + 8L);
            bytes.putLong(at + 32, 1L << 40);
        }
        Files.write(file, image);
        try (var grown = new RandomAccessFile(file.toFile(), "rw")) {
            grown.setLength(image.length + 8 + (1L << 40));
        }
    }

    /** An xl file of an HVM guest, its pages zero: one half at PFN 0, the other one up to the greatest PFN. */
    private static void sparse(Path file, int gib) throws IOException {
        byte[] complete = StreamBuilder.hvm().memory().complete().bytes();
        int at = new ForgedImage(complete).indexOf("\u0001\0\0\0\u0008\0\0\0");
        long half = gib * 131_072L;
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.write(complete, 0, at);
            int pages = 16384;
            ByteBuffer head = ByteBuffer.allocate(16 + 8 * pages).order(ByteOrder.LITTLE_ENDIAN);
            for (long first = 0; first < 2 * half; first += pages) {
                head.clear();
                head.putInt(1).putInt(8 + 8 * pages + 4096 * pages).putInt(pages).putInt(0);
                long pfn = first < half ? first : LAST_PFN + 1 - 2 * half + first;
                for (int i = 0; i < pages; i++) head.putLong(pfn + i);
                out.write(head.array());
                out.seek(out.getFilePointer() + 4096L * pages);
            }
            out.write(complete, at + 16, complete.length - at - 16);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String file(String name) {
        return folder.resolve(name).toString();
    }

    private static List<String> words(String command) {
        return Arrays.stream(command.split(" "))
                .map(word ->
                        word.equals(word.toUpperCase(java.util.Locale.ROOT))
                                        && !word.startsWith("-")
                                ? file(word)
                                : word)
                .toList();
    }

    /** The MiB of heap that the launcher gives a command without scripts. */
    private static long heap() {
        try {
            Matcher heap =
                    Pattern.compile("core\\) heap=-Xmx(\\d+)m").matcher(Files.readString(LAUNCHER));
            assertTrue(heap.find(), "the launcher says what heap it gives");
            return Long.parseLong(heap.group(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a command did in a JVM of its own. */
    private record Outcome(int status, String text) {}

    private static Outcome run(List<String> words, int status) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx" + heap() + "m",
                                "-XX:MaxDirectMemorySize=192m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "org.xenimage.cli.Main"));
        command.addAll(words);
        Path output = Files.createTempFile("xenimage-said", "");
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            assertTrue(process.waitFor(5, TimeUnit.MINUTES), () -> String.join(" ", words));
            String text = Files.readString(output, StandardCharsets.ISO_8859_1);
            if (status >= 0) assertEquals(status, process.exitValue(), text);
            return new Outcome(
                    process.exitValue(), text.substring(0, Math.min(2000, text.length())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            Files.delete(output);
        }
    }
}
