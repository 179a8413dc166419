package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Whatever is wrong: exit status 1, one message, no output file, the input unchanged. */
class BadInputTest {
    @TempDir private Path folder;

    private Program program;
    private byte[] image = new byte[0];

    @BeforeEach
    void makeSample() {
        program = new Program(folder);
        program.run("sample", ":in.save", "--guest", "pv", "--memory", "4").succeeds();
        image = program.read("in.save");
    }

    /** Every option and operand that names a small file gets one without end, whose size is zero. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "rewrite :in.save :out --policy :zero.js",
                "rewrite :in.save :out --policy :zero.py",
                "rewrite :in.save :out --policy :good.js --site :zero.js",
                "policy check :zero.js",
                "policy show :zero.py",
                "policy test :zero.js",
                "convert :in.save :out --to native --encrypt --key-file :zero.js",
                "convert :in.save :out --to native --encrypt --passphrase-file :zero.js",
                "provenance :in.save --trust :zero.js",
                "console :in.save --no-history -f :zero.js",
                "console :in.save --no-history -f :zero.py",
                "info :zero.js",
                "load :zero.js :out",
                "dump :zero.js :out",
                "salvage :zero.js :out --to native --assume xl"
            })
    void aFileWithoutEndIsRefused(String line) throws IOException {
        assumeTrue(Files.exists(Path.of("/dev/zero")));
        for (String name : List.of("zero.js", "zero.py"))
            Files.createSymbolicLink(folder.resolve(name), Path.of("/dev/zero"));
        program.write("good.js", "export const policy = { api: 1, name: 'good' };\n");
        Program.Outcome outcome = program.run(line.split(" ", -1));
        assertTrue(outcome.status() == 1 || outcome.status() == 2, outcome.err());
        assertFalse(outcome.err().contains("memory"), outcome.err());
        assertFalse(Files.exists(folder.resolve("out")), line);
    }

    /** A policy that fails, and a part of what must be said of it. */
    static Stream<Arguments> failingPolicies() {
        String js = "export const policy = { api: 1, name: 'bad' };\n";
        String py = "POLICY = {'api': 1, 'name': 'bad'}\n\n\n";
        return Stream.of(
                Arguments.of(
                        "throws.js",
                        js + "export function onConfig(c, ctx) { throw new Error('no'); }",
                        "throws.js:2"),
                Arguments.of(
                        "throws.py",
                        py + "def on_config(c, ctx):\n    raise ValueError('no')\n",
                        "throws.py:5"),
                Arguments.of(
                        "loops.js", js + "export function onBegin(ctx) { for (;;) {} }", "time"),
                Arguments.of(
                        "loops.py",
                        py + "def on_begin(ctx):\n    while True:\n        pass\n",
                        "time"),
                Arguments.of(
                        "recurses.js",
                        js + "export function onBegin(ctx) { onBegin(ctx); }",
                        "recurses.js"),
                Arguments.of(
                        "recurses.py",
                        py + "def on_begin(ctx):\n    on_begin(ctx)\n",
                        "recurses.py"),
                Arguments.of(
                        "allocates.js",
                        js
                                + "export function onBegin(ctx) { const a = []; for (;;) a.push(new "
                                + "Uint8Array(1 << 20)); }",
                        "allocated more than"),
                Arguments.of(
                        "allocates.py",
                        py
                                + "def on_begin(ctx):\n    a = []\n    while True:\n        "
                                + "a.append(bytearray(1 << 20))\n",
                        "allocated more than"),
                Arguments.of(
                        "drops-end.js",
                        js + "export function onRecord(r, ctx) { if (r.type === 'END') r.drop(); }",
                        "drops-end.js"),
                Arguments.of(
                        "drops-end.py",
                        py + "def on_record(r, ctx):\n    if r.type == 'END':\n        r.drop()\n",
                        "drops-end.py"),
                Arguments.of(
                        "impossible.js",
                        js
                                + "export function onRecord(r, ctx) { if (r.type === "
                                + "'X86_TSC_INFO') r.fields.khz = 2 ** 40; }",
                        "khz"),
                Arguments.of(
                        "impossible.py",
                        py
                                + "def on_record(r, ctx):\n    if r.type == 'X86_TSC_INFO':\n       "
                                + " r.fields['khz'] = 2 ** 40\n",
                        "khz"),
                Arguments.of(
                        "syntax.js",
                        js + "export function onBegin(ctx) { let = ; }",
                        "syntax.js:2"),
                Arguments.of("syntax.py", py + "def on_begin(ctx)\n    pass\n", "syntax.py:4"),
                Arguments.of("no-header.js", "export function onBegin(ctx) {}", "policy"),
                Arguments.of(
                        "veto.js",
                        js + "export function onBegin(ctx) { ctx.veto('not today'); }",
                        "not today"),
                Arguments.of(
                        "veto.py",
                        py + "def on_begin(ctx):\n    ctx.veto('not today')\n",
                        "not today"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failingPolicies")
    void aPolicyThatFailsEndsTheRunWithItsName(String file, String source, String output) {
        program.write(file, source);
        String failure =
                program.run(
                                "rewrite",
                                ":in.save",
                                ":out.save",
                                "--policy",
                                ":" + file,
                                "--time-limit",
                                "2")
                        .failure();
        assertTrue(failure.contains(file) && failure.contains(output), failure);
        nothingIsLeft(file, "in.save");
    }

    @Test
    void aMissingOrUnknownParameterIsTold() {
        String missing =
                program.run("rewrite", ":in.save", ":out.save", "--policy", "scrub-pattern")
                        .failure();
        assertTrue(missing.contains("text"), missing);
        String unknown =
                program.run(
                                "rewrite",
                                ":in.save",
                                ":out.save",
                                "--policy",
                                "rename-domain",
                                "--set",
                                "to=a",
                                "--set",
                                "tto=b")
                        .failure();
        assertTrue(unknown.contains("tto"), unknown);
        nothingIsLeft("in.save");
    }

    @Test
    void anImageCutShortIsRefused() throws IOException {
        for (int at :
                new int[] {
                    1,
                    31,
                    47,
                    48,
                    500,
                    1000,
                    1100,
                    5000,
                    100_000,
                    image.length - 9,
                    image.length - 1
                }) {
            Files.write(program.file("cut.save"), Arrays.copyOf(image, at));
            String failure = program.run("rewrite", ":cut.save", ":out.save").failure();
            assertTrue(failure.contains("cut.save"), failure);
            assertEquals(at, program.read("cut.save").length);
            assertEquals(1, program.run("verify", ":cut.save").status());
        }
        nothingIsLeft("cut.save", "in.save");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 32, 36, 44, 48})
    void aDamagedHeaderIsRefused(int offset) throws IOException {
        byte[] damaged = image.clone();
        Arrays.fill(damaged, offset, offset + 4, (byte) 0xff);
        Files.write(program.file("bad.save"), damaged);
        program.run("rewrite", ":bad.save", ":out.save").failure();
        nothingIsLeft("bad.save", "in.save");
    }

    @Test
    void whatIsNoImageIsRefused() throws IOException {
        Files.write(program.file("empty"), new byte[0]);
        program.write(
                "text",
                "this is no image, but it is long enough to be looked at by every format there is\n");
        Files.createDirectory(program.file("folder"));
        for (String name : List.of("empty", "text", "folder", "missing")) {
            String failure = program.run("rewrite", ":" + name, ":out.save").failure();
            assertTrue(failure.contains(name), failure);
        }
        nothingIsLeft("empty", "folder", "in.save", "text");
    }

    @Test
    void aFullDiskLeavesNothing() throws IOException, InterruptedException {
        Path small = Files.createDirectory(program.file("small"));
        assumeTrue(shell("mount -t tmpfs -o size=1m none " + small) == 0, "a tmpfs can be mounted");
        try {
            String failure = program.run("rewrite", ":in.save", ":small/out.save").failure();
            assertTrue(failure.contains("space"), failure);
            try (Stream<Path> left = Files.list(small)) {
                assertEquals(List.of(), left.toList());
            }
        } finally {
            shell("umount " + small);
        }
        nothingIsLeft("in.save", "small");
    }

    @Test
    void aReaderThatGoesAwayEndsTheRun() throws IOException, InterruptedException {
        assumeTrue(shell("mkfifo " + program.file("pipe")) == 0, "a FIFO can be made");
        Process reader =
                new ProcessBuilder("head", "-c", "1000", program.file("pipe").toString())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            String failure = program.run("rewrite", ":in.save", ":pipe").failure();
            assertTrue(failure.contains("Broken pipe"), failure);
        } finally {
            reader.destroy();
            reader.waitFor(10, TimeUnit.SECONDS);
        }
        nothingIsLeft("in.save", "pipe");
    }

    private void nothingIsLeft(String... files) {
        assertEquals(Stream.of(files).sorted().toList(), program.files());
        assertArrayEquals(image, program.read("in.save"));
    }

    private static int shell(String command) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
