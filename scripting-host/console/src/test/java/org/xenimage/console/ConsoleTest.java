package org.xenimage.console;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.Images;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.script.HostOptions;
import org.xenimage.script.ImplementedApi;
import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.Notation;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.PolicyApi;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;
import org.xenimage.tests.testkit.PlainWords;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What the commands of the console print and write, run from a text. */
class ConsoleTest {
    private static final Images IMAGES = Images.load();

    @TempDir private Path folder;
    private Path image = Path.of("");
    private String notices = "";
    private final List<String> spoken = new ArrayList<>();

    @BeforeEach
    void makeImage() throws IOException {
        image = folder.resolve("sample.save");
        ImageFormat xl =
                IMAGES.formats().stream()
                        .filter(f -> f.name().equals("xl"))
                        .findFirst()
                        .orElseThrow();
        try (var writer = xl.write(ChannelSink.create(image))) {
            SampleImage.of(SampleGuest.PV).withMemoryMiB(8).writeTo(writer);
        }
    }

    /** Writes a file in place: that one appears complete or not at all is its giver's matter. */
    private ImageDestination.PendingImage output(String name, boolean force) throws IOException {
        Path file = folder.resolve(name);
        if (Files.exists(file) && !force) throw new IOException(name + ": already exists");
        ChannelSink sink = ChannelSink.create(folder.resolve(name + ".part"));
        return new ImageDestination.PendingImage() {
            @Override
            public ByteSink sink() {
                return sink;
            }

            @Override
            public void commit() throws IOException {
                Files.move(folder.resolve(name + ".part"), file);
            }

            @Override
            public void close() throws IOException {
                sink.close();
                Files.deleteIfExists(folder.resolve(name + ".part"));
            }
        };
    }

    private String run(String source) throws IOException {
        Setup setup =
                new Setup(
                        IMAGES,
                        image,
                        ReadOptions.DEFAULT,
                        Language.JAVASCRIPT,
                        HostOptions.defaults(),
                        HostOptions.defaults().withSpeech((_, _, _, text) -> spoken.add(text)),
                        RunContext.of(
                                Operation.REWRITE,
                                image.toString(),
                                "alice",
                                Instant.parse("2026-01-02T03:04:05Z")),
                        this::output,
                        terminal ->
                                new Screen(new PrintWriter(terminal), new ByteArrayOutputStream()),
                        new org.xenimage.image.io.RunFiles(),
                        false,
                        false,
                        true,
                        Optional.empty());
        var printed = new ByteArrayOutputStream();
        var reported = new StringWriter();
        PrintWriter out = new PrintWriter(printed, true, StandardCharsets.UTF_8);
        try {
            new Console(setup)
                    .run(
                            List.of(new Console.CommandFile("test", source)),
                            out,
                            printed,
                            new PrintWriter(reported, true));
        } catch (IOException | RuntimeException e) {
            PlainWords.require(e);
            throw e;
        } finally {
            out.flush();
            notices = PlainWords.require(reported.toString());
        }
        String text = printed.toString(StandardCharsets.UTF_8);
        PlainWords.require(text.replace(" | null", "")); // which a type of JavaScript may be
        return text;
    }

    @Test
    void theValueOfTheLastExpressionIsPrinted() throws IOException {
        assertEquals("seen\n3\n", run("1\nconsole.log('seen')\n1 + 2"));
        assertEquals("", run("let x = 2"));
    }

    @Test
    void infoAndLsTellWhatTheImageHolds() throws IOException {
        String reported = run(":info\n:ls");
        assertTrue(reported.contains("sample-pv"), reported);
        assertTrue(reported.contains("2048, 2048 with contents"), reported);
        assertTrue(reported.contains("X86_PV_VCPU_BASIC"), reported);
        assertTrue(reported.contains("xl header"), reported);
    }

    @Test
    void aCommitWritesTheEditsAndNothingElse() throws IOException {
        byte[] before = Files.readAllBytes(image);
        String reported =
                run(
                        "image.page(1).setU64(8, 0x1122334455667788n)\n:status\n:diff\n:commit out.save");
        assertTrue(reported.contains("1  1 edit"), reported);
        assertTrue(reported.contains("page 0x1 0x8-0xf"), reported);
        assertEquals("", notices);
        byte[] after = Files.readAllBytes(folder.resolve("out.save"));
        assertArrayEquals(before, Files.readAllBytes(image), "the image itself is not written");
        assertEquals(before.length, after.length);
        int first = Arrays.mismatch(before, after);
        assertEquals((byte) 0x88, after[first]);
        System.arraycopy(before, first, after, first, 8);
        assertArrayEquals(before, after, "eight bytes were edited");
        assertThrows(IOException.class, () -> run(":commit out.save"));
    }

    @Test
    void editsThatNobodyWroteAreTold() throws IOException {
        run("image.config.c_info.name = 'b'");
        assertTrue(notices.contains("not written"), notices);
        run("image.config.c_info.name = 'b'\n:undo");
        assertEquals("", notices);
    }

    @Test
    void anEditThatBreaksTheImageIsNotWritten() {
        CorruptImage broken =
                assertThrows(
                        CorruptImage.class,
                        () -> run("image.record('STATIC_DATA_END').drop()\n:commit bad.save"));
        assertTrue(String.valueOf(broken.getMessage()).contains("undo"), broken.getMessage());
        assertFalse(Files.exists(folder.resolve("bad.save")));
        assertFalse(Files.exists(folder.resolve("bad.save.part")));
    }

    @Test
    void verifyJudgesTheImageAsEdited() throws IOException {
        assertTrue(run(":verify").endsWith("well formed\n"));
        String reported = run("image.record('STATIC_DATA_END').drop()\n:verify\n:undo\n:verify");
        assertTrue(reported.contains("not well formed\n"), reported);
        assertTrue(reported.endsWith("\nwell formed\n"), reported);
    }

    @Test
    void findAndHexdumpSeeEditedPages() throws IOException {
        String reported =
                run(
                        "image.page(1).setBytes(256, 'console-was-here')\n:find console-was\n:hexdump 1 0x100 16");
        assertTrue(reported.contains("PFN 0x1+0x100"), reported);
        assertTrue(reported.contains("1 match\n"), reported);
        assertTrue(reported.contains("|console-was-here|"), reported);
        assertTrue(run(":find hex:00ff00ff00ff00ff00ff00ff").contains("0 matches"));
    }

    @Test
    void aDryRunTellsWhatAPolicyWouldChangeInTheEditedImage() throws IOException {
        Path policy =
                Files.writeString(
                        folder.resolve("rename.js"),
                        """
                        export const policy = { api: 1, name: 'rename', params: { to: { required: true } } };
                        export function onConfig(config, ctx) { config.c_info.name = ctx.params.to; }
                        """);
        String reported = run("image.config.c_info.name = 'b'\n:policy " + policy + " to=c\n:undo");
        assertTrue(reported.contains("c_info.name: \"b\" → \"c\""), reported);
    }

    @Test
    void aDryRunThatFailsIsUndoneAndOneThatSucceedsIsNot() throws IOException {
        Path policy =
                Files.writeString(
                        folder.resolve("undo.js"),
                        """
                        export const policy = { api: 1, name: 'undo', params: { veto: { default: 'no' } } };
                        export function onBegin(ctx) { ctx.onFailure((error) => ctx.warn('undone: ' + error.message)); }
                        export function onEnd(summary, ctx) { if (ctx.params.veto === 'yes') ctx.veto('not this one'); }
                        """);
        run(":policy " + policy);
        assertEquals(List.of(), spoken);
        try {
            run(":policy " + policy + " veto=yes");
        } catch (IOException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("not this one"), e.getMessage());
        }
        assertEquals(1, spoken.size());
        assertTrue(spoken.getFirst().contains("vetoed: not this one"), spoken.getFirst());
    }

    @Test
    void theMapShowsEveryLayer() throws IOException {
        for (String layer : List.of("", " used", " zero", " tables")) {
            String reported = run(":map" + layer);
            assertTrue(reported.contains("page tables"), reported);
            assertTrue(reported.lines().count() > 3, reported);
        }
        assertTrue(run(":map").contains("T"));
    }

    @Test
    void helpNamesEveryCommand() throws IOException {
        String reported = run(":help");
        for (PromptCommand command : CommandTable.all()) {
            assertTrue(reported.contains(command.name() + " "), command.name());
            assertTrue(run(":help " + command.name()).contains(command.summary()));
        }
    }

    @Test
    void helpExplainsEveryObjectAndMemberAsTheDescriptionHasThem() throws IOException {
        PolicyApi api = ImplementedApi.current();
        var questions = new StringBuilder();
        var expected = new ArrayList<String>();
        for (ObjectType object : api.objects()) {
            if (object.members().isEmpty()) continue;
            questions.append(":help ").append(object.name()).append('\n');
            expected.add(object.doc());
            if (object.name().equals("Policy")) continue; // policy is a command
            for (MemberType member : object.members()) {
                String name = object.variable() + "." + member.name();
                // One that is an object of its own is explained as that.
                if (api.objects().stream().anyMatch(one -> one.variable().equals(name))) continue;
                questions.append(":help ").append(name).append('\n');
                expected.add(Notation.JAVASCRIPT.signature(object, member) + "\n  " + member.doc());
                expected.add("For example: " + member.example().javaScript());
            }
        }
        String answers = run(questions.toString());
        for (String one : expected) assertTrue(answers.contains(one), one);
    }

    @Test
    void helpExplainsAVariableByWhatItHolds() throws IOException {
        String answers = run("const one = image.page(0)\n:help one\n:help one.u64");
        assertTrue(answers.contains("u64(offset: number): bigint"), answers);
        assertThrows(IOException.class, () -> run(":help one.u63"));
        assertTrue(run(":help HVM_PARAMS").contains("param: Array<HvmParamsFieldsParam>"));
    }

    @Test
    void anImageThatIsCutOpensAndSaysSo() throws IOException {
        byte[] complete = Files.readAllBytes(image);
        Files.write(image, Arrays.copyOf(complete, complete.length / 2));
        assertTrue(Integer.parseInt(run("image.pages.count").strip()) > 500);
        assertTrue(notices.contains("image is truncated; opened the readable part"), notices);
        assertThrows(IOException.class, () -> run(":commit out.save"));
        assertFalse(Files.exists(folder.resolve("out.save")));
    }

    @Test
    void aCommandThatIsMisusedEndsTheText() {
        for (String line :
                List.of(
                        ":nope",
                        ":find",
                        ":hexdump",
                        ":hexdump x",
                        ":hexdump 99999999",
                        ":map x",
                        ":commit",
                        ":policy",
                        ":undo now")) assertThrows(IOException.class, () -> run(line), line);
    }

    @Test
    void quitEndsTheText() throws IOException {
        assertEquals("", run(":quit\n1"));
    }

    @Test
    void valuesWhoseKeysLookSecretAreNotShown() throws IOException {
        String edit = "image.config.b_info.vnc = { enable: 'True', passwd: 'hunter2' }\n";
        String reported = run(edit + "image.config.b_info");
        assertTrue(reported.contains("(secret)") && reported.contains("vnc"), reported);
        assertFalse(reported.contains("hunter2"), reported);
        // What is asked for by its own name has no key any more.
        assertTrue(run(edit + "image.config.b_info.vnc.passwd").contains("hunter2"));
    }

    @Test
    void aValueOfSeveralLinesIsPrintedOnSeveralLines() throws IOException {
        assertTrue(run("image.config").lines().count() > 5);
    }

    @Test
    void noSequenceButThoseOfStylesReachesTheTerminal() throws IOException {
        var terminal = new StringWriter();
        var styled = new StyledWriter(terminal);
        styled.write(Style.ERROR.on("red", true) + " plain " + Style.STRONG.on("strong", true));
        styled.write("\n" + Style.GOOD.on("cut", true).replace(String.valueOf(Style.END), ""));
        styled.flush();
        assertEquals(
                Style.ERROR.ansi("red")
                        + " plain "
                        + Style.STRONG.ansi("strong")
                        + "\n"
                        + Style.GOOD.ansi("cut"),
                terminal.toString());
        assertEquals("none", Style.VALUE.on("none", false));
    }
}
