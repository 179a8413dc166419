package org.xenimage.cli.toolstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.cli.Program;
import org.xenimage.cli.Program.Outcome;
import org.xenimage.image.Images;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;
import org.xenimage.tests.testkit.XenReceiver;
import org.xenimage.tests.testkit.XenReceiver.Verdict;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Every command that writes an image writes it into a pipe, and refuses it late: whoever reads the pipe must not start
 * the guest. {@code relay} has a test of its own, {@link RelayRunTest}.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RefusedPipeTest {
    /** A command line, and what reads what it writes. */
    enum Writing {
        REWRITE(Optional.of(Outermost.XL), true, "rewrite :in :pipe"),
        REWRITE_LIBXL(Optional.of(Outermost.LIBXL), true, "rewrite :libxl :pipe"),
        REWRITE_LIBXC(Optional.of(Outermost.LIBXC), true, "rewrite :libxc :pipe"),
        REWRITE_NATIVE(Optional.empty(), true, "rewrite :native :pipe"),
        CONVERT_XL(Optional.of(Outermost.XL), false, "convert :in :pipe --to xl"),
        CONVERT_LIBXL(Optional.of(Outermost.LIBXL), false, "convert :in :pipe --to libxl"),
        CONVERT_V3(Optional.of(Outermost.LIBXC), false, "convert :in :pipe --to libxc-v3"),
        CONVERT_V2(Optional.of(Outermost.LIBXC), false, "convert :in :pipe --to libxc-v2"),
        CONVERT_NATIVE(Optional.empty(), false, "convert :in :pipe --to native-stream"),
        FROM_NATIVE(Optional.of(Outermost.XL), false, "convert :native :pipe --to xl"),
        LOAD(Optional.of(Outermost.XL), false, "load :dump :pipe"),
        SAVE(Optional.of(Outermost.XL), true, "save --xl :host/xl web1 :pipe"),
        SAVE_NATIVE(Optional.empty(), true, "save --xl :host/xl web1 :pipe --to native-stream"),
        RESTORE(Optional.of(Outermost.XL), true, "restore --xl :host/xl :in"),
        RESTORE_NATIVE(Optional.of(Outermost.XL), true, "restore --xl :host/xl :native");

        final Optional<Outermost> receiver;
        final boolean policies;
        final String line;

        Writing(Optional<Outermost> receiver, boolean policies, String line) {
            this.receiver = receiver;
            this.policies = policies;
            this.line = line;
        }
    }

    /** Commands that write no image into a pipe, or none that anybody could refuse. */
    private static final Set<String> OTHERS =
            Set.of(
                    "info",
                    "verify",
                    "bulk",
                    "diff",
                    "can-restore",
                    "capabilities",
                    "extract",
                    "dump",
                    "metadata",
                    "section",
                    "sign",
                    "provenance",
                    "policy",
                    "agent",
                    "completion",
                    "help",
                    "sample",
                    "salvage", // what it recovers is not what was saved, and says so
                    "console", // commit goes through the same writer
                    "relay", // RelayRunTest
                    "save-helper"); // SaveHelperTest

    @TempDir private Path folder;

    private Program program = new Program(Path.of("before-each"));
    private StandInXl xl = new StandInXl(Path.of("before-each"));

    @BeforeEach
    void makeInputs() throws IOException, InterruptedException {
        program = new Program(folder);
        program.run("sample", ":in", "--guest", "hvm", "--memory", "4").succeeds();
        for (String format : List.of("libxl", "libxc-v3", "native-stream"))
            program.run("convert", ":in", ":made-" + format, "--to", format).succeeds();
        Files.move(program.file("made-libxl"), program.file("libxl"));
        Files.move(program.file("made-libxc-v3"), program.file("libxc"));
        Files.move(program.file("made-native-stream"), program.file("native"));
        program.run("dump", ":in", ":dump").succeeds();
        xl = StandInXl.install(folder.resolve("host"), program.read("in"));
        program.write(
                "veto.js",
                """
                export const policy = { api: 1, name: 'veto' };
                export function onEnd(summary, ctx) { ctx.veto('no'); }
                """);
        assertEquals(
                0, new ProcessBuilder("mkfifo", program.file("pipe").toString()).start().waitFor());
    }

    @Test
    void everyCommandIsThoughtOf() {
        Set<String> known = new TreeSet<>(OTHERS);
        for (Writing writing : Writing.values())
            known.add(writing.line.substring(0, writing.line.indexOf(' ')));
        Set<String> commands =
                program.run("--help")
                        .out()
                        .lines()
                        .dropWhile(line -> !line.equals("Commands:"))
                        .skip(1)
                        .takeWhile(line -> !line.equals("Examples:"))
                        .filter(line -> line.matches("  [a-z].*"))
                        .map(line -> line.strip().split(" ", 2)[0])
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(known, commands);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsAgreedToArrives(Writing writing) throws IOException {
        byte[] arrived = arrived(writing, 0);
        if (writing.receiver.isPresent())
            assertEquals(Verdict.STARTED, XenReceiver.verdict(writing.receiver.get(), arrived));
        else read(arrived);
    }

    @ParameterizedTest
    @EnumSource
    void whatAPolicyRefusesAtTheEndStartsNoGuest(Writing writing) {
        if (writing.policies) refused(writing, arrived(writing, 1, "--policy", ":veto.js"));
    }

    @ParameterizedTest
    @EnumSource
    void whatCannotBeLoggedStartsNoGuest(Writing writing) {
        if (!writing.policies) return;
        program.write(
                "log.js",
                """
                export const policy = { api: 1, name: 'log' };
                export function onEnd(summary, ctx) { ctx.log('seen'); }
                """);
        refused(writing, arrived(writing, 1, "--policy", ":log.js", "--log", "/dev/full"));
    }

    /** What went into a pipe cannot be taken back, to begin again without the policy. */
    @ParameterizedTest
    @EnumSource
    void aPolicyThatIsSkippedLeavesOneImageInThePipe(Writing writing) throws IOException {
        if (!writing.policies) return;
        program.write(
                "skip.js",
                """
                export const policy = { api: 1, name: 'skip', onError: 'skip' };
                export function onBegin(ctx) { ctx.pages.scrub({ text: 'SECRET-API' }); }
                export function onEnd(summary, ctx) { throw new Error('no'); }
                """);
        byte[] arrived = arrived(writing, 0, "--policy", ":skip.js");
        assertEquals(List.of(), read(arrived));
    }

    @ParameterizedTest
    @EnumSource
    void whatLacksItsLastEightBytesStartsNoGuest(Writing writing) throws IOException {
        for (String input :
                List.of("in", "libxl", "libxc", "native", "dump/image.json", "host/image"))
            cut(input, 8);
        refused(writing, arrived(writing, 1));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsCutInTheMiddleStartsNoGuest(Writing writing) throws IOException {
        for (String input :
                List.of("in", "libxl", "libxc", "native", "dump/image.json", "host/image"))
            cut(input, (int) Files.size(program.file(input)) / 2);
        refused(writing, arrived(writing, 1));
    }

    private void cut(String input, int bytes) throws IOException {
        byte[] complete = program.read(input);
        Files.write(program.file(input), Arrays.copyOf(complete, complete.length - bytes));
    }

    private static void refused(Writing writing, byte... arrived) {
        if (writing.receiver.isPresent())
            assertNotEquals(Verdict.STARTED, XenReceiver.verdict(writing.receiver.get(), arrived));
        else assertThrows(IOException.class, () -> read(arrived));
    }

    /** Reads an image, and returns what follows it. */
    private static List<String> read(byte... image) throws IOException {
        List<String> trailing = new ArrayList<>();
        try (ImageReader reader =
                Images.load()
                        .open(
                                ChannelSource.over(
                                        "arrived",
                                        Channels.newChannel(new ByteArrayInputStream(image))))) {
            reader.drainTo(element -> {
                if (element instanceof TrailingBytes) trailing.add(element.label());
            });
        }
        return trailing;
    }

    /** Runs the command line, and returns what arrived in the pipe, or at xl. */
    private byte[] arrived(Writing writing, int status, String... more) {
        List<String> words = new ArrayList<>(List.of(writing.line.split(" ")));
        words.addAll(Arrays.asList(more));
        boolean piped = words.contains(":pipe");
        CompletableFuture<byte[]> reading =
                piped
                        ? CompletableFuture.supplyAsync(this::drainPipe)
                        : CompletableFuture.completedFuture(new byte[0]);
        Outcome outcome = program.run(words.toArray(String[]::new));
        assertEquals(status, outcome.status(), outcome.err());
        if (!piped) return xl.created().orElse(new byte[0]);
        // If the command did not open it, nobody else does.
        try (FileChannel _ =
                FileChannel.open(
                        program.file("pipe"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Thread.onSpinWait();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return reading.join();
    }

    private byte[] drainPipe() {
        try (InputStream pipe = Files.newInputStream(program.file("pipe"))) {
            return pipe.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
