package org.xenimage.tests.program;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.record.Layer;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.sample.Marker;
import org.xenimage.tests.program.ProgramShell.Outcome;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/**
 * {@code bin/xenimage-save-helper} where libxl has its save helper: between stand-ins for both, which are the script
 * {@code libxl}. The stream lies in a file between what libxl writes before it and after it.
 */
class SaveHelperTest {
    private static final String BEFORE = "what libxl wrote";
    private static final String AFTER = "what libxl writes after it";

    private static final String SCRUB =
            "export const policy = { api: 1, name: 'scrub', on: ['save', 'restore', 'migrate-out'] };\n"
                    + "export function onBegin(ctx) { ctx.pages.scrub({ text: '"
                    + Marker.PREFIX
                    + "', length: 49 }); }\n";

    private static final String SCRUB_IN_PYTHON =
            "POLICY = {'api': 1, 'name': 'scrub', 'on': ['save', 'restore']}\n"
                    + "def on_begin(ctx):\n    ctx.pages.scrub(text='"
                    + Marker.PREFIX
                    + "', length=49)\n";

    private static final String VETO =
            """
            export const policy = { api: 1, name: 'veto', on: ['save', 'restore'] };
            export function onEnd(summary, ctx) { ctx.veto('it stays here'); }
            """;

    /** Outlives any image; it ends by a signal. */
    private static final String NEVER_ENDS =
            """
            export const policy = { api: 1, name: 'waits', on: ['save', 'restore'] };
            export function onRecord(record, ctx) { if (record.type === 'END') for (;;); }
            """;

    @TempDir private Path folder;

    private byte[] stream = new byte[0];

    @BeforeEach
    void makeStream() throws IOException, InterruptedException {
        Files.createDirectory(folder.resolve("policies"));
        try (InputStream script =
                Objects.requireNonNull(
                        SaveHelperTest.class.getResourceAsStream("libxl"), "libxl")) {
            Path libxl = Files.write(folder.resolve("libxl"), script.readAllBytes());
            assertTrue(libxl.toFile().setExecutable(true));
        }
        assertEquals(0, shell("xenimage sample image --guest pvh --memory 8").status());
        Path file = folder.resolve("domain");
        try (ImageReader image = Images.load().open(folder.resolve("image"));
                ChannelSink sink = ChannelSink.create(file)) {
            ImageFormat libxc =
                    Images.load().formats().stream()
                            .filter(format -> format.name().equals("libxc"))
                            .findFirst()
                            .orElseThrow();
            Rewrite.of(image).unguarded().through(new LibxcOnly()).to(libxc, sink);
        }
        stream = Files.readAllBytes(file);
    }

    /** What of an xl image passes by libxl's save helper. */
    private static final class LibxcOnly implements ImageTransform {
        @Override
        public void accept(ImageElement element, ImageSink down) throws IOException {
            boolean outer =
                    switch (element) {
                        case XlHeader _,
                                LibvirtHeader _,
                                XenopsdHeader _,
                                Config _,
                                SiteMetadata _,
                                LibxlHeader _ ->
                                true;
                        case RecordFrame record -> record.type().layer() == Layer.LIBXL;
                        case LibxcHeader _, PageBatch _, StreamEnd _, TrailingBytes _ -> false;
                    };
            if (!outer) down.accept(element);
        }
    }

    private Outcome shell(String command) throws IOException, InterruptedException {
        return ProgramShell.in(folder).run(command);
    }

    private Outcome libxl(String words) throws IOException, InterruptedException {
        return shell("XENIMAGE_POLICIES=policies ./libxl " + words);
    }

    private void policy(String name, String text) throws IOException {
        Files.writeString(folder.resolve("policies").resolve(name), text);
    }

    /** Puts a stream where libxl restores from. */
    private void saved(byte... bytes) throws IOException {
        try (var out = Files.newOutputStream(folder.resolve("file"))) {
            out.write(BEFORE.getBytes(StandardCharsets.US_ASCII));
            out.write(bytes);
            out.write(AFTER.getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** The stream between what libxl wrote. */
    private byte[] between() throws IOException {
        byte[] file = Files.readAllBytes(folder.resolve("file"));
        String text = new String(file, StandardCharsets.ISO_8859_1);
        assertTrue(text.startsWith(BEFORE) && text.endsWith(AFTER), "libxl's own bytes");
        return Arrays.copyOfRange(file, BEFORE.length(), file.length - AFTER.length());
    }

    private static boolean hasMarker(byte... bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1).contains(Marker.PREFIX);
    }

    @ParameterizedTest
    @ValueSource(strings = {"scrub.js", "scrub.py"})
    void aSavePassesThroughThePolicies(String name) throws IOException, InterruptedException {
        policy(name, name.endsWith(".py") ? SCRUB_IN_PYTHON : SCRUB);
        Outcome outcome = libxl("save file");
        assertEquals(0, outcome.status(), outcome.err());
        assertEquals("callbacks passed\nhelper complete 0\n", outcome.out());
        assertTrue(outcome.err().contains("scrub: 1 edit"), outcome.err());
        assertTrue(hasMarker(stream));
        assertFalse(hasMarker(between()));
        assertEquals(stream.length, between().length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"scrub.js", "scrub.py"})
    void aRestorePassesThroughThePoliciesAndReadsNothingBehindTheStream(String name)
            throws IOException, InterruptedException {
        policy(name, name.endsWith(".py") ? SCRUB_IN_PYTHON : SCRUB);
        saved(stream);
        Outcome outcome = libxl("restore file");
        assertEquals(0, outcome.status(), outcome.err());
        assertEquals("callbacks passed\nhelper complete 0\nnext: " + AFTER + "\n", outcome.out());
        byte[] received = Files.readAllBytes(folder.resolve("domain"));
        assertFalse(hasMarker(received));
        assertEquals(stream.length, received.length);
    }

    @Test
    void aPolicyForMigrationsRunsWhereTheDomainIsLive() throws IOException, InterruptedException {
        policy("scrub.js", SCRUB.replace("'save', 'restore', ", ""));
        assertEquals(0, libxl("save file").status());
        assertArrayEquals(stream, between());
        assertEquals(0, libxl("migrate file").status());
        assertFalse(hasMarker(between()));
    }

    @Test
    void aRefusedSaveFailsAlthoughTheHelperIsContent() throws IOException, InterruptedException {
        policy("veto.js", VETO);
        Outcome outcome = libxl("save file");
        assertEquals(1, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("helper complete 0"), outcome.out());
        assertTrue(outcome.err().contains("vetoed: it stays here"), outcome.err());
        assertTrue(outcome.err().contains("the save fails, and domain 1 continues"), outcome.err());
        assertFalse(endsWell(between()));
    }

    @Test
    void aRefusedRestoreMakesTheHelperFail() throws IOException, InterruptedException {
        policy("veto.js", VETO);
        saved(stream);
        Outcome outcome = libxl("restore file");
        assertEquals(1, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("helper complete 4"), outcome.out());
        assertTrue(
                outcome.err().contains("the restore fails, and domain 1 is not started"),
                outcome.err());
        assertFalse(endsWell(Files.readAllBytes(folder.resolve("domain"))));
    }

    /** Whether a stream has its END: eight bytes of zeros. */
    private static boolean endsWell(byte... bytes) {
        byte[] last = Arrays.copyOfRange(bytes, Math.max(0, bytes.length - 8), bytes.length);
        return Arrays.equals(last, new byte[8]);
    }

    @Test
    void aPolicyThatCannotBeLoadedFailsBeforeTheHelperStarts()
            throws IOException, InterruptedException {
        policy("broken.js", "export const policy = {");
        Outcome outcome = libxl("save file");
        assertEquals(1, outcome.status(), outcome.err());
        assertEquals("", outcome.out());
        assertTrue(outcome.err().contains("broken.js"), outcome.err());
        assertEquals(0, between().length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"save", "restore"})
    void theStatusOfAHelperThatFailsIsPassedOn(String what)
            throws IOException, InterruptedException {
        policy("scrub.js", SCRUB);
        saved(stream);
        Outcome outcome = shell("XENIMAGE_POLICIES=policies FAULT=fails ./libxl " + what + " file");
        assertEquals(5, outcome.status(), outcome.err());
        assertTrue(
                outcome.err().contains("libxl's save helper exited with status 5"), outcome.err());
    }

    @Test
    void aTruncatedStreamIsNotRestored() throws IOException, InterruptedException {
        policy("scrub.js", SCRUB);
        try (var out = Files.newOutputStream(folder.resolve("file"))) {
            out.write(BEFORE.getBytes(StandardCharsets.US_ASCII));
            out.write(stream, 0, stream.length / 2);
        }
        Outcome outcome = libxl("restore file");
        assertEquals(1, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("the stream of domain 1: record"), outcome.err());
        assertTrue(outcome.err().contains("is truncated"), outcome.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"save", "restore"})
    void aSignalOfLibxlIsTheHelpersAndBothEnd(String what)
            throws IOException, InterruptedException {
        policy("scrub.js", SCRUB);
        saved(Arrays.copyOf(stream, stream.length - 8));
        Outcome outcome = shell("XENIMAGE_POLICIES=policies FAULT=waits ./libxl " + what + " file");
        assertEquals(143, outcome.status(), outcome.out() + outcome.err());
        assertTrue(outcome.out().contains("helper stopped by SIGTERM"), outcome.out());
    }

    @Test
    void aSignalEndsAPolicyThatDoesNotEnd() throws IOException, InterruptedException {
        policy("waits.js", NEVER_ENDS);
        Outcome outcome = shell("XENIMAGE_POLICIES=policies SIGNAL=TERM ./libxl save file");
        assertTrue(outcome.status() > 0, outcome.err());
        assertFalse(endsWell(between()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"save", "restore"})
    void withoutPoliciesTheHelperHasTheStreamItself(String what)
            throws IOException, InterruptedException {
        String text = "not a stream, \0\0\0\0\0\0\0\0";
        byte[] anything = text.getBytes(StandardCharsets.US_ASCII);
        boolean save = what.equals("save");
        if (save) Files.write(folder.resolve("domain"), anything);
        else
            Files.write(
                    folder.resolve("file"), (BEFORE + text).getBytes(StandardCharsets.US_ASCII));
        Outcome outcome = libxl(what + " file");
        assertEquals(0, outcome.status(), outcome.err());
        assertEquals("", outcome.err());
        assertArrayEquals(
                anything, save ? between() : Files.readAllBytes(folder.resolve("domain")));
    }

    @Test
    void aStreamWithCheckpointsIsTheHelpersAndTheUserIsTold()
            throws IOException, InterruptedException {
        policy("scrub.js", SCRUB);
        Outcome outcome = libxl("remus file");
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("no policy runs on a stream with checkpoints"));
        assertArrayEquals(stream, between());
    }

    @Test
    void theTimeLimitComesFromTheEnvironment() throws IOException, InterruptedException {
        policy("waits.js", NEVER_ENDS);
        Outcome outcome =
                shell("XENIMAGE_TIME_LIMIT=0.5 XENIMAGE_POLICIES=policies ./libxl save file");
        assertEquals(1, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("the save fails, and domain 1 continues"), outcome.err());
    }
}
