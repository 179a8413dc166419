package org.xenimage.tests.hostile;

import com.sun.management.OperatingSystemMXBean;

import org.xenimage.cli.Main;
import org.xenimage.image.fault.ImageException;
import org.xenimage.tests.fuzz.FuzzedImage;
import org.xenimage.tests.testkit.ForgedImage;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Broken images by the thousand, in this JVM: each is made from a valid one by some edits where its format has fields,
 * most native ones with their checksums made right again. All of it is read; one in so many goes through a command of
 * the program as well, each command in its turn.
 *
 * <p>A mutant is known by its number. {@code tests/mutants/run --count N [--format F] [--first N] [--commands N]} runs
 * them in a JVM with the memory of the launcher; the tests run a few of each format.
 */
final class Mutants {
    /** The processor time that one command may take on an image of some KB. */
    private static final long SLOW_NANOS = 2_000_000_000L;

    private static final int[] EDGES = {0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0xfe};
    private static final long[] WORDS = {
        0,
        1,
        8,
        0x7fff,
        0xffff,
        0x1000000,
        0x7fffffffL,
        0x80000000L,
        0xffffffffL,
        0x100000000L,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -8
    };

    private static final List<String> COMMANDS =
            CommandRun.COMMANDS.stream()
                    .filter(command ->
                            !command.contains("POLICY") && !command.startsWith("console"))
                    .toList();

    /** What is broken. */
    enum Format {
        XL,
        LIBVIRT,
        XENOPSD,
        LIBXL,
        LIBXC,
        NATIVE,
        NATIVE_ZSTD,
        NATIVE_STREAM,
        DUMP_CORE,
        DUMP
    }

    private final Format format;
    private final Path folder;
    private final int perCommand;
    private final List<byte[]> seeds = new ArrayList<>();
    private final List<List<Integer>> chunks = new ArrayList<>();
    private final List<byte[]> contents = new ArrayList<>();
    private final OperatingSystemMXBean system =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /**
     * Makes the valid images.
     *
     * @param format that is broken
     * @param folder for the images, empty
     * @param perCommand how many mutants are read for each that a command gets
     */
    Mutants(Format format, Path folder, int perCommand) throws IOException {
        this.format = format;
        this.folder = folder;
        this.perCommand = perCommand;
        Files.write(folder.resolve("GOOD"), StreamBuilder.pv().memory(0, 1).complete().bytes());
        if (!Files.exists(folder.resolve("KEY"))) quiet("sign", "--new-key", name("KEY"));
        switch (format) {
            case XL -> streams(Outermost.XL);
            case LIBVIRT -> streams(Outermost.LIBVIRT);
            case XENOPSD -> streams(Outermost.XENOPSD);
            case LIBXL -> streams(Outermost.LIBXL);
            case LIBXC -> streams(Outermost.LIBXC);
            case NATIVE -> converted("--to", "native");
            case NATIVE_ZSTD -> converted("--to", "native", "--compress", "zstd");
            case NATIVE_STREAM -> converted("--to", "native-stream");
            case DUMP_CORE -> converted("--to", "dump-core", "--allow-loss");
            case DUMP -> {
                for (StreamBuilder stream : List.of(pv(Outermost.XL), hvm(Outermost.LIBXC))) {
                    Files.write(folder.resolve("IN"), stream.complete().bytes());
                    quiet("dump", name("IN"), name("DIR"));
                    seeds.add(Files.readAllBytes(folder.resolve("DIR/image.json")));
                    Files.copy(
                            folder.resolve("DIR/pages.bin"),
                            Files.createDirectories(folder.resolve("KEY.pages"))
                                    .resolve("pages." + seeds.size()));
                    CommandRun.clean(folder);
                }
            }
        }
        for (byte[] seed : seeds) {
            chunks.add(new ForgedImage(seed).chunks());
            contents.add(sealable() ? FuzzedImage.of(seed).content() : new byte[0]);
        }
    }

    private static StreamBuilder pv(Outermost outermost) {
        return StreamBuilder.pv().from(outermost).memory(0, 1, 5).verifyRound(1);
    }

    private static StreamBuilder hvm(Outermost outermost) {
        return StreamBuilder.hvm()
                .from(outermost)
                .record("0x80000001", 0x80000001, (byte) 1)
                .pages(0, 0xfL << 60 | 1, 7);
    }

    private void streams(Outermost outermost) {
        seeds.add(pv(outermost).complete().bytes());
        seeds.add(hvm(outermost).complete().bytes());
        seeds.add(
                StreamBuilder.pv()
                        .version(2)
                        .narrow()
                        .from(outermost)
                        .memory(0)
                        .complete()
                        .bytes());
        if (outermost != Outermost.LIBXC && outermost != Outermost.XENOPSD)
            seeds.add(
                    StreamBuilder.hvm()
                            .from(outermost)
                            .memory(0)
                            .checkpoint()
                            .memory(0)
                            .complete()
                            .bytes());
    }

    private void converted(String... to) throws IOException {
        for (StreamBuilder stream :
                List.of(pv(Outermost.XL), hvm(Outermost.XL), pv(Outermost.LIBXC))) {
            Files.write(folder.resolve("IN"), stream.complete().bytes());
            List<String> words = new ArrayList<>(List.of("convert", name("IN"), name("OUT")));
            words.addAll(List.of(to));
            quiet(words.toArray(String[]::new));
            if (format != Format.DUMP_CORE) {
                quiet("metadata", name("OUT"), "set", "ticket.id=OPS-7");
                quiet("sign", name("OUT"), "--key", name("KEY"));
            }
            byte[] made = Files.readAllBytes(folder.resolve("OUT"));
            seeds.add(sealable() ? new ForgedImage(made).withoutRoom().bytes() : made);
            CommandRun.clean(folder);
        }
    }

    private String name(String file) {
        return folder.resolve(file).toString();
    }

    private static void quiet(String... words) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        try (var nowhere = new PrintStream(java.io.OutputStream.nullOutputStream())) {
            System.setOut(nowhere);
            System.setErr(nowhere);
            Main.run(words);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    /** Tries a mutant; what is wrong with how the program takes it, or the empty text. */
    String fault(int number) throws IOException {
        var random = new Random(number * 0x9e3779b97f4a7c15L);
        int seed = random.nextInt(seeds.size());
        byte[] mutant =
                format == Format.DUMP
                        ? text(seeds.get(seed), random)
                        : mutate(seeds.get(seed), chunks.get(seed), random);
        boolean forged = sealable() && random.nextInt(5) > 0;
        if (forged) mutant = new ForgedImage(mutant).seal().bytes();
        boolean command = number % perCommand == 0;
        int turn = number / perCommand;
        if (format == Format.DUMP) {
            Path dir = Files.createDirectories(folder.resolve("DIR"));
            Files.write(dir.resolve("image.json"), mutant);
            Path pages = dir.resolve("pages.bin");
            if (Files.notExists(pages))
                Files.copy(folder.resolve("KEY.pages/pages." + (seed + 1)), pages);
            String fault = timed(() -> FuzzedImage.readDump(dir));
            if (fault.isEmpty() && command) fault = run("load DIR OUT");
            return clean(number, fault);
        }
        FuzzedImage image = FuzzedImage.of(mutant);
        boolean[] taken = {false};
        String fault = timed(() -> taken[0] = image.read());
        boolean damaged = sealable() && !forged && !Arrays.equals(mutant, seeds.get(seed));
        if (fault.isEmpty() && damaged && taken[0] && !same(image, seed))
            fault = "damage was accepted";
        if (fault.isEmpty() && command) {
            Files.write(folder.resolve("IN"), mutant);
            Files.write(folder.resolve("COPY"), mutant);
            fault = run(COMMANDS.get(turn % COMMANDS.size()));
        }
        return command || !fault.isEmpty() ? clean(number, fault) : "";
    }

    private boolean same(FuzzedImage image, int seed) throws IOException {
        try {
            return Arrays.equals(image.content(), contents.get(seed));
        } catch (ImageException _) {
            return true; // refused where it is read once more
        }
    }

    /** What is done with a mutant. */
    @FunctionalInterface
    private interface Reading {
        void run() throws IOException;
    }

    /** What is wrong with how long something takes, or with what it throws. */
    private String timed(Reading reading) {
        long before = system.getProcessCpuTime();
        try {
            reading.run();
        } catch (IOException | RuntimeException | Error e) {
            var trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            return trace.toString();
        }
        long took = system.getProcessCpuTime() - before;
        return took > SLOW_NANOS ? took / 1_000_000 + " ms" : "";
    }

    private String run(String command) throws IOException {
        CommandRun[] run = {null};
        String fault = timed(() -> run[0] = CommandRun.of(folder, command));
        if (fault.isEmpty()) fault = run[0].fault(folder);
        return fault.isEmpty() ? "" : fault + ": " + command + ": " + run[0];
    }

    private boolean sealable() {
        return switch (format) {
            case NATIVE, NATIVE_ZSTD, NATIVE_STREAM -> true;
            case XL, LIBVIRT, XENOPSD, LIBXL, LIBXC, DUMP_CORE, DUMP -> false;
        };
    }

    private String clean(int number, String fault) throws IOException {
        CommandRun.clean(folder);
        return fault.isEmpty() ? "" : "%s mutant %d: %s".formatted(format, number, fault);
    }

    private byte[] mutate(byte[] seed, List<Integer> chunks, Random random) {
        byte[] bytes = seed.clone();
        int edits = 1 + random.nextInt(4);
        for (int i = 0; i < edits; i++) {
            int at = place(bytes, chunks, random);
            ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            long word = WORDS[random.nextInt(WORDS.length)];
            switch (random.nextInt(8)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) EDGES[random.nextInt(EDGES.length)];
                case 2 -> {
                    if ((at & ~3) + 4 <= bytes.length) words.putInt(at & ~3, (int) word);
                }
                case 3 -> {
                    if ((at & ~7) + 8 <= bytes.length) words.putLong(at & ~7, word);
                }
                case 4 -> {
                    if ((at & ~3) + 4 <= bytes.length)
                        words.putInt(at & ~3, words.getInt(at & ~3) + random.nextInt(17) - 8);
                }
                case 5 -> bytes = cut(bytes, at & ~7, 8 * (1 + random.nextInt(8)));
                case 6 -> bytes = repeat(bytes, at & ~7, 8 * (1 + random.nextInt(8)));
                default ->
                        bytes =
                                Arrays.copyOf(
                                        bytes,
                                        Math.max(
                                                1,
                                                bytes.length
                                                        - (random.nextInt(4) == 0
                                                                ? random.nextInt(bytes.length)
                                                                : 0)));
            }
        }
        return bytes;
    }

    /** Where fields stand, mostly: the front, the end, the headers of chunks, notes and records. */
    private static int place(byte[] bytes, List<Integer> chunks, Random random) {
        int at =
                switch (random.nextInt(6)) {
                    case 0 -> random.nextInt(Math.min(bytes.length, 512));
                    case 1 -> bytes.length - 1 - random.nextInt(Math.min(bytes.length, 2048));
                    case 2 ->
                            chunks.isEmpty()
                                    ? random.nextInt(bytes.length)
                                    : chunks.get(random.nextInt(chunks.size()))
                                            + random.nextInt(ForgedImage.HEADER + 24);
                    case 3 -> record(bytes, random);
                    default -> random.nextInt(bytes.length);
                };
        return Math.clamp(at, 0, bytes.length - 1);
    }

    /** Near a word that is small and not zero, as types, counts and lengths are. */
    private static int record(byte[] bytes, Random random) {
        int from = random.nextInt(bytes.length);
        for (int at = from & ~3; at + 4 <= bytes.length && at < from + 8192; at += 4)
            if (bytes[at] != 0 && bytes[at + 2] == 0 && bytes[at + 3] == 0) return at;
        return from;
    }

    private static byte[] cut(byte[] bytes, int from, int length) {
        int to = Math.min(bytes.length, from + length);
        if (to - from >= bytes.length) return bytes;
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - (to - from));
        System.arraycopy(bytes, to, shorter, from, bytes.length - to);
        return shorter;
    }

    private static byte[] repeat(byte[] bytes, int from, int length) {
        int to = Math.min(bytes.length, from + length);
        byte[] longer = Arrays.copyOf(bytes, bytes.length + (to - from));
        System.arraycopy(bytes, from, longer, to, bytes.length - from);
        return longer;
    }

    private static final String[] VALUES = {
        "0",
        "-1",
        "1e999",
        "18446744073709551616",
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "\"zz\"",
        "4294967296",
        "[[[[]]]]",
        "1.5",
        "\"\\ud800\"",
        "9007199254740993"
    };

    /** Other values, and lines that are gone, twice, or in another place. */
    private static byte[] text(byte[] seed, Random random) {
        List<String> lines =
                new ArrayList<>(
                        new String(seed, java.nio.charset.StandardCharsets.UTF_8).lines().toList());
        int edits = 1 + random.nextInt(3);
        for (int i = 0; i < edits && lines.size() > 2; i++) {
            int at = random.nextInt(lines.size());
            String line = lines.get(at);
            String value = VALUES[random.nextInt(VALUES.length)];
            switch (random.nextInt(6)) {
                case 0 -> lines.remove(at);
                case 1 -> lines.add(at, line);
                case 2 -> java.util.Collections.swap(lines, at, random.nextInt(lines.size()));
                case 3 -> {
                    int from = line.isEmpty() ? 0 : random.nextInt(line.length());
                    lines.set(at, line.substring(0, from));
                }
                default -> {
                    int colon = line.lastIndexOf(':');
                    boolean comma = line.endsWith(",");
                    lines.set(
                            at,
                            colon < 0
                                    ? value + (comma ? "," : "")
                                    : line.substring(0, colon + 1) + value + (comma ? "," : ""));
                }
            }
        }
        return String.join("\n", lines).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    /** Runs mutants as {@code tests/mutants/run} says; the exit status is 1 if one is not taken as it should be. */
    public static void main(String[] arguments) throws IOException {
        int first = 0;
        int count = 100_000;
        int perCommand = 16;
        List<Format> formats = List.of(Format.values());
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--count" -> count = Integer.parseInt(arguments[i + 1]);
                case "--commands" -> perCommand = Integer.parseInt(arguments[i + 1]);
                case "--first" -> first = Integer.parseInt(arguments[i + 1]);
                case "--format" ->
                        formats =
                                List.of(
                                        Format.valueOf(
                                                arguments[i + 1]
                                                        .toUpperCase(java.util.Locale.ROOT)
                                                        .replace('-', '_')));
                default -> throw new IllegalArgumentException(arguments[i]);
            }
        }
        int wrong = 0;
        for (Format format : formats) {
            Path folder = Files.createTempDirectory("xenimage-mutants");
            var mutants = new Mutants(format, folder, perCommand);
            long before = mutants.system.getProcessCpuTime();
            int faults = 0;
            for (int number = first; number < first + count; number++) {
                String fault = mutants.fault(number);
                if (fault.isEmpty()) continue;
                faults++;
                System.out.println(fault);
            }
            System.out.printf(
                    "%s: %,d mutants, %,d of them with a command, %d faults, %d s of processor time%n",
                    format,
                    count,
                    count / perCommand,
                    faults,
                    (mutants.system.getProcessCpuTime() - before) / 1_000_000_000);
            wrong += faults;
        }
        System.exit(wrong == 0 ? 0 : 1);
    }
}
