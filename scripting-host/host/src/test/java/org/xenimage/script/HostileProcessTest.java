package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.page.RuleScreen;
import org.xenimage.script.isolate.ReadableFiles;
import org.xenimage.script.isolate.SystemCalls;
import org.xenimage.script.policy.Assignment;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.ImageFacts;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyMatch;
import org.xenimage.script.policy.Secrets;

import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What a policy's process can do to its host once the script has taken it over: fail, and nothing else. */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileProcessTest {
    @TempDir private Path folder;
    private final List<String> log = new ArrayList<>();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "adds-what-has-no-place|broke the protocol of its process: added a section that has no place",
                "adds-what-is-no-section|broke the protocol of its process: no section of a site",
                "replaces-what-it-was-not-given|broke the protocol of its process: replaced what it was not given",
                "section-dropped-with-no-edit|broke the protocol of its process: a change without an edit in the log",
                "section-changed-with-no-edit|broke the protocol of its process: a change without an edit in the log",
                "section-of-another-name|broke the protocol of its process: a section of another name",
                "section-made-twice|broke the protocol of its process: two sections in the place of one",
                "section-added-twice|broke the protocol of its process: added a section that has no place",
                "section-as-an-element|broke the protocol of its process: more than it may make",
                "unknown-kind|broke the protocol of its process: unknown message 0x7f",
                "kind-of-the-host|broke the protocol of its process: unknown message 0x1",
                "long-head|broke the protocol of its process: message SAID of 4294967295 and 0 bytes",
                "bytes-where-there-are-none|broke the protocol of its process: message DONE of 2 and 9 bytes",
                "no-json|broke the protocol of its process: message",
                "change-without-an-edit|broke the protocol of its process: a change without an edit in the log",
                "drop-without-an-edit|broke the protocol of its process: a change without an edit in the log",
                "element-of-another-kind|broke the protocol of its process: an element of another kind",
                "kept-twice|broke the protocol of its process: kept what it was not given",
                "skips-itself|broke the protocol of its process: skipped a policy that must run",
                "blames-another-file|policy blames-another-file at 0x7 is \\u001b[2J wrong",
                "floods|broke the protocol of its process: said far more than its budget",
                "drop-with-an-edit|broke the protocol of its process: 0 elements in the place of",
                "repeat-with-an-edit|broke the protocol of its process: 2 elements in the place of",
                "edits-without-end|broke the protocol of its process: edits of what it was not given",
                "goes-on-after-it-failed|broke the protocol of its process: went on after its policy had failed",
                "outcomes-without-end|broke the protocol of its process: two outcomes of one call",
                "calls-without-end|broke the protocol of its process: more messages than an answer has",
                "makes-without-end|broke the protocol of its process: ",
                "asks-for-more|broke the protocol of its process: asked for a grant that its policy does not have",
                "asks-for-a-use-that-there-is-not|broke the protocol of its process: unknown use of a grant",
                "asks-with-more-than-a-use-has|broke the protocol of its process: list with 1 names",
                "asks-twice-at-once|broke the protocol of its process: asked again before it had its answer",
                "asks-and-waits-for-ever|did not answer within",
                "asks-and-goes-on|broke the protocol of its process: a change without an edit in the log",
                "asks-without-end|broke the protocol of its process: used grants far more than it may",
                "asks-as-the-host|broke the protocol of its process: unknown message 0x7",
                "deaf|did not read what it was sent within",
                "exits|lost its process, which ended with status 9",
                "silent|did not answer within"
            })
    void processThatWasTakenOverIsItsPolicysFailure(String way, String expected)
            throws IOException {
        List<ImageElement> passedOn = new ArrayList<>();
        IsolatedStage stage = stage(way);
        try {
            begin(stage);
            ImageException failure =
                    assertThrows(
                            ImageException.class,
                            () -> {
                                if (way.startsWith("section-")) stage.atEnd(passedOn::add);
                                else stage.accept(CONFIG, passedOn::add);
                            });
            requireFailure(way, expected, failure);
            assertEquals(List.of(), passedOn);
            assertFalse(sections.edited());
            // What it asked for ends with it.
            Path started = folder.resolve("started");
            if (Files.exists(started))
                for (String pid : Files.readAllLines(started))
                    ProcessHandle.of(Long.parseLong(pid)).ifPresent(left -> left.onExit().join());
        } finally {
            stage.close();
        }
    }

    private void requireFailure(String way, String expected, ImageException failure) {
        String message = String.valueOf(failure.getMessage());
        assertTrue(message.startsWith("taken-over.js: policy " + way), message);
        assertTrue(
                message.contains(expected) || message.contains(expected.replace(", which", "")),
                message);
        assertTrue(log.getLast().contains("\"event\":\"failed\""), log.getLast());
    }

    static List<String> deaths() {
        List<String> ways = new ArrayList<>();
        for (String stage : HostileProcess.STAGES)
            for (String signal : List.of("SEGV", "ABRT", "KILL"))
                ways.add(HostileProcess.DIES + stage + "-" + signal.toLowerCase(Locale.ROOT));
        return ways;
    }

    /** As native code crashes, or the kernel kills when memory is short: at each step of the protocol. */
    @ParameterizedTest
    @MethodSource("deaths")
    void processThatDiesAtAnyStageIsItsPolicysFailure(String way) throws IOException {
        List<ImageElement> passedOn = new ArrayList<>();
        IsolatedStage stage = stage(way);
        try {
            ImageException failure =
                    assertThrows(
                            ImageException.class,
                            () -> {
                                begin(stage);
                                stage.accept(CONFIG, passedOn::add);
                            });
            // It is not waited for: what is said is how it ended, and not that it is late.
            requireFailure(
                    way,
                    way.endsWith("kill")
                            ? "its process, which was ended by signal 9"
                            : way.endsWith("abrt")
                                    ? "its process, which was ended by signal 6"
                                    // The JVM itself ends after a fault.
                                    : "its process, which ended with status 1",
                    failure);
            assertEquals(List.of(), passedOn);
        } finally {
            stage.close();
        }
    }

    /** The functions that undo may take the whole budget of a run, but a process that says nothing may not. */
    @Test
    void processThatIsSilentAfterAFailureIsNotWaitedForLong() throws IOException {
        IsolatedStage stage = stage("silent-after-a-failure");
        try {
            begin(stage);
            stage.fail(new IOException("something else failed"));
            String said = String.join("\n", log);
            assertTrue(said.contains("did not answer within 15 s"), said);
        } finally {
            stage.close();
        }
    }

    private final RunSections sections = new RunSections();

    private static final Config CONFIG =
            new Config(
                    0x34,
                    ByteRun.of(
                            MemorySegment.ofArray(
                                    ("{}" + " ".repeat(1 << 20))
                                            .getBytes(StandardCharsets.UTF_8))));

    private static void begin(IsolatedStage stage) throws IOException {
        stage.start();
        stage.begin(
                new ImageFacts("xl", "hvm", "4.17", 3, 4096, Optional.empty(), Optional.empty()));
    }

    private IsolatedStage stage(String way) throws IOException {
        Policy policy =
                SampleRuns.host()
                        .parse(
                                "taken-over.js",
                                Language.JAVASCRIPT,
                                "export const policy = { api: 1, name: '%s', wants: %s };"
                                        .formatted(way, "{ inventory: 'read', slow: 'run' }"));
        Path inventory = Files.writeString(folder.resolve("inventory"), "xen1");
        Path started = folder.resolve("started");
        policy =
                policy.assigned(
                        policy.name(),
                        policy.on(),
                        policy.onError(),
                        policy.limits(),
                        new Assignment(
                                PolicyMatch.ALL,
                                false,
                                true,
                                Map.of(
                                        "inventory",
                                        new Grant.ReadFile(inventory, 100),
                                        "slow",
                                        new Grant.RunCommand(
                                                List.of(
                                                        "/bin/sh",
                                                        "-c",
                                                        "echo $$ >> %s; exec sleep 100"
                                                                .formatted(started)),
                                                Duration.ofSeconds(60),
                                                100))));
        HostOptions options =
                HostOptions.defaults()
                        .withIsolation(Isolation.ALL)
                        .withLimits(Limits.DEFAULT.withTime(Duration.ofMillis(500)));
        if (way.startsWith("section-")) SectionedImage.of(sections);
        return new IsolatedStage(
                options,
                policy,
                SampleRuns.CONTEXT,
                JsonNodeFactory.instance.objectNode(),
                Secrets.BY_NAME,
                new PolicyJournal(
                        policy,
                        SampleRuns.CONTEXT,
                        DecisionLog.to(log::add),
                        options,
                        Secrets.BY_NAME),
                new StageTrace(Optional.empty(), policy),
                sections,
                new RuleScreen(),
                HostileProcess.class.getName());
    }

    /** Run in another process, since it is for good: what is left of the system after the calls are gone. */
    static final class Confined {
        private Confined() {}

        public static void main(String[] arguments) throws Throwable {
            Path folder = Files.createTempDirectory("confined");
            Path file = Files.writeString(folder.resolve("file"), "kept");
            System.out.println(SystemCalls.confine());
            attempt("write", () -> new FileOutputStream(file.toFile(), true));
            attempt("make", () -> Files.createFile(folder.resolve("made")));
            attempt("remove", () -> Files.deleteIfExists(file));
            attempt("rename", () -> Files.move(file, folder.resolve("moved")));
            attempt("folder", () -> Files.createDirectory(folder.resolve("sub")));
            attempt("link", () -> Files.createSymbolicLink(folder.resolve("link"), file));
            attempt("connect", () -> new Socket(InetAddress.getLoopbackAddress(), 9));
            attempt("listen", () -> new java.net.ServerSocket(0));
            attempt("program", () -> new ProcessBuilder("/bin/true").start());
            attempt(
                    "signal",
                    () -> {
                        if (ProcessHandle.current().parent().orElseThrow().destroyForcibly())
                            return true;
                        throw new IOException("refused");
                    });
            attempt(
                    "control",
                    () -> {
                        long ask = 0x5451; // FIOCLEX, which every file takes
                        if ((int) system("ioctl").invokeExact(0, ask, 0L) == 0) return true;
                        throw new IOException("refused");
                    });
            attempt(
                    "owner",
                    () -> {
                        long parent = ProcessHandle.current().parent().orElseThrow().pid();
                        if ((int) system("fcntl").invokeExact(0, 8L, parent) == 0) return true;
                        throw new IOException("refused");
                    });
            Thread thread = new Thread(() -> System.out.println("thread runs"));
            thread.start();
            thread.join();
            System.out.println("reads " + Files.readString(file));
        }

        @SuppressWarnings("restricted") // The process is started with native access.
        private static MethodHandle system(String name) {
            return Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().find(name).orElseThrow(),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG));
        }

        private interface Call {
            Object call() throws Throwable;
        }

        private static void attempt(String what, Call call) throws Throwable {
            try {
                call.call();
                System.out.println("GOT THROUGH " + what);
            } catch (Exception | LinkageError e) {
                System.out.println("refused " + what);
            }
        }
    }

    @Test
    void processThatIsConfinedComputesAndReadsAndDoesNothingElse() throws Exception {
        Process process =
                ChildJvm.running(Confined.class, Language.JAVASCRIPT)
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        assertTrue(said.contains("thread runs") && said.contains("reads kept"), said);
        boolean known =
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64");
        if (said.contains("UNCONFINED") && !known) return;
        assertTrue(said.startsWith("CONFINED"), said);
        assertFalse(said.contains("GOT THROUGH"), said);
        assertEquals(12, said.lines().filter(line -> line.startsWith("refused")).count(), said);
    }

    /** Run in another process: what can be read after the files are gone. Its argument is the name of a file. */
    static final class Restricted {
        private Restricted() {}

        public static void main(String[] arguments) throws Exception {
            long parent = ProcessHandle.current().parent().orElseThrow().pid();
            System.out.println(ReadableFiles.confine());
            List<String> hidden =
                    List.of(
                            "/etc/passwd",
                            "/etc/hostname",
                            "/proc/" + parent + "/environ",
                            "/proc/" + parent + "/maps",
                            "/proc/cpuinfo",
                            System.getProperty("user.home"),
                            "/dev/zero",
                            "/tmp",
                            "/");
            Thread thread =
                    new Thread(() -> {
                        for (String name : hidden) read(name);
                    });
            thread.start();
            thread.join();
            read("/proc/self/status");
            read("/dev/urandom");
            // A class that is not loaded yet, of the JDK and of the program.
            System.out.println("loads " + Class.forName("java.util.zip.Adler32").getSimpleName());
            System.out.println(
                    "loads " + Class.forName(DowngradeTest.class.getName()).getSimpleName());
            java.net.InetAddress here = InetAddress.getLoopbackAddress();
            try {
                new Socket(here, 9).close();
                System.out.println("GOT THROUGH connect");
            } catch (IOException e) {
                System.out.println("refused connect");
            }
        }

        private static void read(String name) {
            Path path = Path.of(name);
            try {
                if (Files.isDirectory(path)) {
                    try (var all = Files.newDirectoryStream(path)) {
                        System.out.println("read " + name + " " + all.iterator().hasNext());
                    }
                } else
                    try (var in = Files.newInputStream(path)) {
                        System.out.println("read " + name + " " + in.read());
                    }
            } catch (IOException e) {
                System.out.println("refused " + name + " " + e.getClass().getSimpleName());
            }
        }
    }

    @Test
    void processReadsItsProgramAndNothingElse() throws Exception {
        Process process =
                ChildJvm.running(Restricted.class, Language.JAVASCRIPT)
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        assertTrue(said.contains("loads Adler32") && said.contains("loads DowngradeTest"), said);
        assumeTrue(said.startsWith("CONFINED"), "this kernel has no Landlock");
        assertEquals(
                List.of("read /proc/self/status", "read /dev/urandom"),
                said.lines()
                        .filter(line -> line.startsWith("read "))
                        .map(line -> line.substring(0, line.lastIndexOf(' ')))
                        .toList(),
                said);
        assertEquals(10, said.lines().filter(line -> line.startsWith("refused ")).count(), said);
        assertEquals(
                9,
                said.lines().filter(line -> line.endsWith("AccessDeniedException")).count(),
                said);
    }
}
