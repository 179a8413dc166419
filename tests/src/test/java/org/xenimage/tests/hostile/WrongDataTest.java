package org.xenimage.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.cli.Main;
import org.xenimage.tests.testkit.ForgedImage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Wrong data under right checksums: what a library makes of it reaches the user as a fault of the image, in every
 * command, never as a bug of the program.
 */
class WrongDataTest {
    @TempDir private static Path folder;

    private static final Map<String, byte[]> IMAGES = new TreeMap<>();
    private static final String META =
            "{\"ticket.id\":\"OPS-7\",\"pad\":\"" + "x".repeat(400) + "\"}";

    @BeforeAll
    static void forge() throws IOException {
        Files.writeString(folder.resolve("POLICY.js"), CommandRun.POLICY);
        run("sign", "--new-key", file("KEY"));
        run("sample", file("GOOD"), "--guest", "pv", "--memory", "4");
        run("convert", file("GOOD"), file("z"), "--to", "native-stream");
        run("convert", file("GOOD"), file("s"), "--to", "native", "--compress", "zstd");
        run("convert", file("GOOD"), file("n"), "--to", "native");
        byte[] stream = take("z");
        byte[] packed = take("s");
        byte[] plain = take("n");

        var frames = new ForgedImage(stream);
        int first =
                frames.chunks().stream()
                        .filter(at -> frames.kind(at) == 1)
                        .findFirst()
                        .orElseThrow();
        byte[] frame =
                Arrays.copyOfRange(
                        stream,
                        first + ForgedImage.HEADER,
                        first + ForgedImage.HEADER + frames.stored(first));
        byte[] garbage = new byte[frame.length];
        Arrays.fill(garbage, (byte) 0xa5);
        byte[] cut = Arrays.copyOf(frame, frame.length / 2);
        byte[] broken = frame.clone();
        for (int i = 8; i < broken.length; i += 7) broken[i] ^= 0x55;
        byte[] twice = Arrays.copyOf(frame, 2 * frame.length);
        System.arraycopy(frame, 0, twice, frame.length, frame.length);
        byte[] window = frame.clone();
        window[5] = (byte) 0xff;
        int length = frames.length(first);
        Map.of("garbage", garbage, "cut", cut, "broken", broken, "twice", twice, "window", window)
                .forEach((name, bytes) ->
                        IMAGES.put(
                                "zstd frame, " + name,
                                new ForgedImage(stream)
                                        .store(first, 1, length, bytes)
                                        .seal()
                                        .bytes()));
        IMAGES.put(
                "zstd frame of another length",
                new ForgedImage(stream).store(first, 1, length + 1, frame).seal().bytes());
        IMAGES.put(
                "a chunk of zeros with bytes",
                new ForgedImage(stream).store(first, 2, length, frame).seal().bytes());
        IMAGES.put(
                "a chunk that claims to be encrypted",
                new ForgedImage(stream).store(first, 3, length, frame).seal().bytes());
        IMAGES.put(
                "empty zstd frame", new ForgedImage(stream).store(first, 1, length).seal().bytes());

        var pages = new ForgedImage(packed);
        for (int chunk : pages.chunks()) {
            var forged = new ForgedImage(packed);
            if (forged.stored(chunk) == 0) continue;
            Arrays.fill(
                    forged.bytes(),
                    chunk + ForgedImage.HEADER,
                    chunk + ForgedImage.HEADER + forged.stored(chunk),
                    (byte) 0x3c);
            IMAGES.put("zstd frame in a file, at " + chunk, forged.seal().bytes());
        }

        int meta =
                frames.chunks().stream()
                        .filter(at -> frames.kind(at) == 2)
                        .findFirst()
                        .orElseThrow();
        for (String text : texts())
            IMAGES.put(
                    "metadata " + display(text),
                    new ForgedImage(stream)
                            .store(meta, 0, bytes(text).length, bytes(text))
                            .seal()
                            .bytes());
        IMAGES.put(
                "metadata in zstd",
                new ForgedImage(stream).store(meta, 1, 100, frame).seal().bytes());

        for (int type : new int[] {4, 6, 7})
            for (String text : texts())
                IMAGES.put(
                        "note %d %s".formatted(type, display(text)),
                        new ForgedImage(stream)
                                .insert(first, 0x80, note(type, text))
                                .seal()
                                .bytes());
        String[] signatures = {
            "{\"key\":\"AA==\",\"signature\":\"AA==\"}",
            "{\"key\":\"%s\",\"signature\":\"%s\"}",
            "{\"key\":\"///\",\"signature\":7}"
        };
        for (String signature : signatures) {
            String text =
                    signature.formatted(
                            java.util.Base64.getEncoder().encodeToString(new byte[32]),
                            java.util.Base64.getEncoder().encodeToString(new byte[64]));
            byte[] both = concat(note(6, "{\"digest\":\"00\"}"), note(7, text));
            IMAGES.put(
                    "signature " + display(text),
                    new ForgedImage(stream).insert(first, 0x80, both).seal().bytes());
        }

        for (String text :
                List.of(
                        "{",
                        "[]",
                        "{\"c_info\":7}",
                        "{\"c_info\":{\"name\":[]}}",
                        "\0",
                        "{\"a\":1e9999}")) IMAGES.put("config " + display(text), config(text));
        IMAGES.put(
                "plain, garbage for metadata",
                new ForgedImage(plain).replace("{\"domain.name\"", "{{[\"").seal().bytes());
    }

    private static byte[] config(String text) throws IOException {
        byte[] save = Files.readAllBytes(folder.resolve("GOOD"));
        int from = new ForgedImage(save).indexOf("{");
        int to = new ForgedImage(save).indexOf("LibxlFmt");
        byte[] padded = Arrays.copyOf(bytes(text), to - from);
        Arrays.fill(padded, bytes(text).length, padded.length - 1, (byte) ' ');
        System.arraycopy(padded, 0, save, from, padded.length);
        return save;
    }

    private static List<String> texts() {
        return List.of(
                "",
                "{",
                "[]",
                "null",
                "{\"a\":1e99999}",
                "{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}",
                "{\"a\":\"\\ud800\"}",
                "\u00ff\u00fe\u0000{",
                "{\"site\":7,\"domain.name\":[]}",
                META);
    }

    private static byte[] note(int type, String text) {
        byte[] descriptor = bytes(text);
        int padded = (descriptor.length + 3) & ~3;
        return java.nio.ByteBuffer.allocate(24 + padded)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putInt(9)
                .putInt(descriptor.length)
                .putInt(type)
                .put("Xenimage".getBytes(StandardCharsets.US_ASCII))
                .putInt(0)
                .put(descriptor)
                .array();
    }

    private static byte[] concat(byte[] first, byte... second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String display(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "…" + text.length() : text;
    }

    private static void run(String... words) {
        assertEquals(0, Main.run(words), () -> String.join(" ", words));
    }

    private static String file(String name) {
        return folder.resolve(name).toString();
    }

    private static byte[] take(String name) throws IOException {
        byte[] all = Files.readAllBytes(folder.resolve(name));
        Files.delete(folder.resolve(name));
        return all;
    }

    static Stream<String> commands() {
        return CommandRun.COMMANDS.stream();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void wrongDataUnderRightChecksumsAreAFaultOfTheImage(String command) throws IOException {
        // A context for scripts takes a second; what runs one sees one image of each family.
        boolean scripts = command.contains("POLICY") || command.startsWith("console");
        Set<String> families = new HashSet<>();
        String wrong =
                IMAGES.entrySet().stream()
                        .filter(image -> !scripts || families.add(family(image.getKey())))
                        .map(image -> fault(command, image.getKey(), image.getValue()))
                        .filter(fault -> !fault.isEmpty())
                        .collect(Collectors.joining("\n"));
        assertTrue(wrong.isEmpty(), wrong);
    }

    /** The first words of a name, which say what is wrong. */
    private static String family(String name) {
        String[] words = name.split(" ", 4);
        return words[0] + words[1] + (words[0].equals("zstd") ? words[2] : "");
    }

    private static String fault(String command, String name, byte... image) {
        try {
            Files.write(folder.resolve("IN"), image);
            Files.write(folder.resolve("COPY"), image);
            CommandRun run = CommandRun.of(folder, command);
            String fault = run.fault(folder);
            CommandRun.clean(folder);
            return fault.isEmpty() ? "" : name + ": " + fault + ": " + run;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
