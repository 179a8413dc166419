package org.xenimage.tests.judges;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.tests.conformance.RealImages;
import org.xenimage.tests.program.ProgramShell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The debuggers of the field open native images as they lie on disk. What each must find there is
 * in {@code tests/judges/judge-native}; one that is not installed is skipped.
 */
class DebuggerTest {
    private static final Path JUDGE = ProgramShell.ROOT.resolve("tests/judges/judge-native");
    private static final int NOT_INSTALLED = 2;

    @TempDir private static Path folder;

    static Stream<Arguments> judgesAndImages() {
        return Stream.of(
                        "readelf",
                        "eu-readelf",
                        "eu-elflint",
                        "gdb",
                        "drgn",
                        "crash",
                        "makedumpfile",
                        "libkdumpfile")
                .flatMap(debugger ->
                        Stream.of("417-pv1.save", "417-pvh1.save", "417-hvm1.save")
                                .map(image -> Arguments.of(debugger, image)));
    }

    @ParameterizedTest
    @MethodSource("judgesAndImages")
    void isContentWithANativeImage(String debugger, String image)
            throws IOException, InterruptedException {
        Path kernel = RealImages.file("vmlinux");
        Path made = NativeImages.converted(folder, image, "native", "--to native");
        assertSees(debugger, made, kernel);
    }

    /** The README's line for gdb, run as it is written, prints what is written below it. */
    @Test
    void whatTheReadmeShowsOfGdbIsWhatItPrints() throws IOException, InterruptedException {
        Matcher output =
                Pattern.compile("(?m)^\\$ (gdb .* vmlinux web1\\.native .*)\\n(.*)$")
                        .matcher(Files.readString(ProgramShell.ROOT.resolve("README.md")));
        assertTrue(output.find(), "the README shows gdb");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/gdb")), "gdb is not installed");
        Path kernel = RealImages.file("vmlinux");
        Path place = Files.createDirectories(folder.resolve("readme"));
        Files.createSymbolicLink(place.resolve("vmlinux"), kernel.toAbsolutePath());
        Files.createSymbolicLink(
                place.resolve("web1.native"),
                NativeImages.converted(folder, "417-pv1.save", "native", "--to native")
                        .toAbsolutePath());
        ProgramShell.Outcome outcome = ProgramShell.in(place).run(output.group(1));
        assertEquals(output.group(2), outcome.out().strip(), outcome.err());
    }

    /** The debuggers open a vmcore too, which has no sections and nothing of Xen. */
    @ParameterizedTest
    @MethodSource("judgesAndGuestsForAVmcore")
    void isContentWithAVmcore(String debugger, String image)
            throws IOException, InterruptedException {
        Path kernel = RealImages.file("vmlinux");
        Path made = NativeImages.converted(folder, image, "vmcore", "--to vmcore --allow-loss");
        assertSees(debugger, made, kernel);
    }

    /** crash wants the p2m of a PV guest, and makedumpfile's judge is crash. */
    static Stream<Arguments> judgesAndGuestsForAVmcore() {
        return judgesAndImages()
                .filter(arguments -> {
                    String image = (String) arguments.get()[1];
                    String debugger = (String) arguments.get()[0];
                    return !image.equals("417-pv1.save")
                            || !(debugger.equals("crash") || debugger.equals("makedumpfile"));
                });
    }

    /**
     * A genuine core of {@code xl dump-core} names frames by its map; debuggers see the guest
     * through its page tables.
     */
    @ParameterizedTest
    @MethodSource("judgesOfConvertedCores")
    void seesTheGuestInAConvertedCore(String debugger, String image, String target)
            throws IOException, InterruptedException {
        Path kernel = RealImages.file("vmlinux");
        assertSees(
                debugger, NativeImages.converted(folder, image, target, "--to " + target), kernel);
    }

    /** crash needs the p2m of a PV guest, which a vmcore does not have. */
    static Stream<Arguments> judgesOfConvertedCores() {
        return Stream.of("gdb", "drgn", "crash")
                .flatMap(debugger ->
                        Stream.of("417-pv1.core", "417-pvh1.core")
                                .flatMap(image ->
                                        Stream.of("native", "vmcore")
                                                .map(target ->
                                                        Arguments.of(debugger, image, target))))
                .filter(arguments ->
                        !List.of(arguments.get())
                                .equals(List.of("crash", "417-pv1.core", "vmcore")));
    }

    /**
     * A save that was cut within the records of its vCPUs has all pages, and the registers up to
     * the cut; its page tables are found by the types of pages and by VMCOREINFO.
     */
    @ParameterizedTest
    @MethodSource("judgesOfSalvagedImages")
    void seesTheGuestInWhatIsSalvagedFromACutSave(String debugger, String image)
            throws IOException, InterruptedException {
        Path kernel = RealImages.file("vmlinux");
        assertSees(debugger, NativeImages.salvaged(folder, image, 2000), kernel);
    }

    static Stream<Arguments> judgesOfSalvagedImages() {
        return Stream.of("gdb", "drgn", "crash")
                .flatMap(debugger ->
                        Stream.of("417-pv1.save", "417-pvh1.save", "417-hvm1.save")
                                .map(image -> Arguments.of(debugger, image)));
    }

    private static void assertSees(String debugger, Path made, Path kernel)
            throws IOException, InterruptedException {
        ProgramShell.Outcome outcome =
                ProgramShell.in(folder)
                        .run("'%s' '%s' '%s' %s".formatted(JUDGE, made, kernel, debugger));
        assumeTrue(outcome.status() != NOT_INSTALLED, outcome.out());
        assertEquals(0, outcome.status(), outcome.out() + outcome.err());
    }

    /**
     * Readers of ELF that know nothing of Xenimage are content with the streaming form and with
     * compressed pages too.
     */
    @ParameterizedTest
    @MethodSource("otherForms")
    void readersOfElfAreContentWithEveryForm(String debugger, String options)
            throws IOException, InterruptedException {
        Path made =
                NativeImages.converted(
                        folder, "417-pv1.save", options.replaceAll("\\W", ""), options);
        ProgramShell.Outcome outcome =
                ProgramShell.in(folder).run("'%s' '%s' none %s".formatted(JUDGE, made, debugger));
        assumeTrue(outcome.status() != NOT_INSTALLED, outcome.out());
        assertEquals(0, outcome.status(), outcome.out() + outcome.err());
    }

    static Stream<Arguments> otherForms() {
        return Stream.of("readelf", "eu-readelf", "eu-elflint")
                .flatMap(debugger ->
                        List.of("--to native-stream", "--to native --compress zstd").stream()
                                .map(options -> Arguments.of(debugger, options)));
    }
}
