package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.Images;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.tools.index.ImageIndex;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Code run piece by piece against an image, the same in both languages. */
class ScriptSessionTest {
    private static final HostOptions OPTIONS =
            HostOptions.defaults().withLimits(new Limits(Duration.ofMinutes(5), Long.MAX_VALUE, 0));

    @TempDir private Path folder;
    private final List<AutoCloseable> open = new ArrayList<>();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private ScriptSession session(Language language) throws IOException {
        Path file = Files.write(folder.resolve("sample.save"), PolicyTestImage.bytes());
        ImageIndex index = ImageIndex.open(Images.load(), ChannelSource.open(file));
        open.add(index);
        ScriptSession session = ScriptSession.open(OPTIONS, language, index, printed);
        open.add(session);
        return session;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) each.close();
    }

    private static String pick(Language language, String js, String python) {
        return switch (language) {
            case JAVASCRIPT -> js;
            case PYTHON -> python;
        };
    }

    private static String value(ScriptSession session, String code) throws IOException {
        return session.evaluate("test", code).orElse("nothing");
    }

    @ParameterizedTest
    @EnumSource
    void whatAPieceDeclaresStaysForTheNext(Language language) throws IOException {
        ScriptSession session = session(language);
        assertEquals(
                "nothing",
                value(
                        session,
                        pick(
                                language,
                                "function twice(x) { return 2 * x; }",
                                "def twice(x):\n    return 2 * x\n")));
        assertEquals("42", value(session, "twice(21)"));
        value(session, pick(language, "console.log('seen')", "print('seen')"));
        assertEquals("seen\n", printed.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @EnumSource
    void everyPartOfTheImageIsThere(Language language) throws IOException {
        ScriptSession session = session(language);
        assertEquals(pick(language, "\"web-1\"", "'web-1'"), value(session, "image.name"));
        assertEquals("8", value(session, "image.pages.count"));
        assertEquals(
                "3",
                value(
                        session,
                        pick(
                                language,
                                "image.header.libxc.version",
                                "image.header['libxc']['version']")));
        assertEquals("4096", value(session, pick(language, "image.pageSize", "image.page_size")));
        assertEquals(
                pick(language, "0xfedcba9876543210n", "0xfedcba9876543210"),
                value(
                        session,
                        pick(
                                language,
                                "image.record('X86_TSC_INFO').fields.nsec",
                                "image.record('X86_TSC_INFO').fields['nsec']")));
        assertEquals(
                pick(
                        language,
                        "[{pfn: 256, offset: 100}, {pfn: 258, offset: 100}]",
                        "[{'pfn': 256, 'offset': 100}, {'pfn': 258, 'offset': 100}]"),
                value(
                        session,
                        pick(language, "image.find('SECRET-API')", "image.find('SECRET-API')")));
        assertEquals("page 0x105 L1TAB", value(session, "image.page(0x105)"));
        assertEquals(
                pick(language, "{NOTAB: 7, L1TAB: 1}", "{'NOTAB': 7, 'L1TAB': 1}"),
                value(session, "image.pages.types"));
        assertEquals(
                "[259]",
                value(
                        session,
                        pick(
                                language,
                                "image.pages.select({ zero: true })",
                                "image.pages.select(zero=True)")));
        assertTrue(
                value(
                                session,
                                pick(
                                        language,
                                        "image.page(0x100).hexdump({offset: 96, length: 16})",
                                        "image.page(0x100).hexdump(offset=96, length=16)"))
                        .contains("|....SECRET-API-T|"));
    }

    @ParameterizedTest
    @EnumSource
    void aPieceThatEditsIsAStepAndUndoTakesItBack(Language language) throws IOException {
        ScriptSession session = session(language);
        value(
                session,
                pick(
                        language,
                        "image.config.c_info.name = 'b'",
                        "image.config['c_info']['name'] = 'b'"));
        value(
                session,
                pick(
                        language,
                        "const r = image.record('X86_TSC_INFO'); r.fields.khz = 5; image.page(0x101).setU8(0, 0x41)",
                        "r = image.record('X86_TSC_INFO')\nr.fields['khz'] = 5\nimage.page(0x101).set_u8(0, 0x41)"));
        List<StagedEdits.Step> steps = session.edits().steps();
        assertEquals(2, steps.size());
        assertEquals(
                List.of("record X86_TSC_INFO fields.khz", "page 0x101 0x0-0x0"),
                steps.getLast().edits().stream()
                        .map(edit -> edit.element() + " " + edit.path())
                        .toList());
        value(session, pick(language, "r.fields.khz = 6", "r.fields['khz'] = 6"));
        assertEquals(Optional.of("5"), steps(session, 2).before().map(Object::toString));
        session.undo();
        assertEquals(
                "5",
                value(
                        session,
                        pick(
                                language,
                                "image.record('X86_TSC_INFO').fields.khz",
                                "image.record('X86_TSC_INFO').fields['khz']")));
        session.undo();
        assertEquals("2", value(session, "image.page(0x101).u8(0)"));
        session.undo();
        assertEquals(
                pick(language, "\"web-1\"", "'web-1'"),
                value(
                        session,
                        pick(
                                language,
                                "image.config.c_info.name",
                                "image.config['c_info']['name']")));
        assertTrue(session.undo().isEmpty());
        assertArrayEquals(
                PolicyTestImage.bytes(),
                PolicyTestImage.rewrite(PolicyTestImage.bytes(), session.edits().transform()));
    }

    private static StagedEdits.Edit steps(ScriptSession session, int step) {
        return session.edits().steps().get(step).edits().getFirst();
    }

    @ParameterizedTest
    @EnumSource
    void theTransformWritesTheEditsAndLeavesTheRest(Language language) throws IOException {
        ScriptSession session = session(language);
        value(
                session,
                pick(
                        language,
                        "image.metadata['site.x'] = 1; image.page(0x101).setBytes(4000, 'new');"
                                + " image.record('X86_TSC_INFO').drop();"
                                + " image.record('HVM_PARAMS').insertBefore('X86_TSC_INFO', {mode: "
                                + "0, khz: 9, nsec: 1n, incarnation: 0, reserved: 0})",
                        """
                        image.metadata['site.x'] = 1
                        image.page(0x101).set_bytes(4000, b'new')
                        image.record('X86_TSC_INFO').drop()
                        tsc = {'mode': 0, 'khz': 9, 'nsec': 1, 'incarnation': 0, 'reserved': 0}
                        image.record('HVM_PARAMS').insert_before('X86_TSC_INFO', tsc)
                        """));
        byte[] edited =
                PolicyTestImage.rewrite(PolicyTestImage.bytes(), session.edits().transform());
        Path file = Files.write(folder.resolve("edited.save"), edited);
        try (ImageIndex index = ImageIndex.open(Images.load(), ChannelSource.open(file));
                ScriptSession again = ScriptSession.open(OPTIONS, language, index, printed)) {
            assertEquals("1", value(again, "image.metadata['site.x']"));
            assertEquals("110", value(again, "image.page(0x101).u8(4000)"));
            assertEquals("2", value(again, "image.page(0x101).u8(0)"));
            assertEquals(
                    pick(
                            language,
                            "[\"HVM_CONTEXT\", \"X86_TSC_INFO\", \"HVM_PARAMS\"]",
                            "['HVM_CONTEXT', 'X86_TSC_INFO', 'HVM_PARAMS']"),
                    value(
                            again,
                            pick(
                                    language,
                                    "image.records.map(r => r.type).slice(-5, -2)",
                                    "[r.type for r in image.records][-5:-2]")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPieceThatFailsEditsNothingAndIsToldWithItsLine(Language language) throws IOException {
        ScriptSession session = session(language);
        String code =
                pick(
                        language,
                        "image.page(0x101).setU8(0, 9);\nimage.config.c_info.name = 'b';\nnope();",
                        "image.page(0x101).set_u8(0, 9)\nimage.config['c_info']['name'] = 'b'\nnope()");
        PolicyFailed failed =
                assertThrows(PolicyFailed.class, () -> session.evaluate("input 1", code));
        String message = String.valueOf(failed.getMessage());
        assertTrue(message.startsWith("input 1:3"), message);
        assertTrue(message.contains(">    3 | nope()"), message);
        assertTrue(session.edits().steps().isEmpty());
        assertEquals("2", value(session, "image.page(0x101).u8(0)"));
        assertEquals(
                pick(language, "\"web-1\"", "'web-1'"),
                value(
                        session,
                        pick(
                                language,
                                "image.config.c_info.name",
                                "image.config['c_info']['name']")));
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptStopsThePieceAndNotTheSession(Language language)
            throws IOException, InterruptedException {
        ScriptSession session = session(language);
        value(session, pick(language, "let kept = 7", "kept = 7"));
        Thread stop =
                Thread.ofPlatform()
                        .start(() -> {
                            sleep(500);
                            session.interrupt();
                        });
        PolicyFailed failed =
                assertThrows(
                        PolicyFailed.class,
                        () ->
                                session.evaluate(
                                        "input 1",
                                        pick(
                                                language,
                                                "while (true) { image.page(0x100).u64(0); }",
                                                "while True:\n    image.page(0x100).u64(0)\n")));
        stop.join();
        assertTrue(
                String.valueOf(failed.getMessage()).contains("interrupted"), failed.getMessage());
        assertEquals("7", value(session, "kept"));
        assertEquals("1", value(session, "image.page(0x100).u8(0)"));
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSessionMayDoAsLittleAsAPolicy(Language language) throws IOException {
        ScriptSession session = session(language);
        for (String code :
                switch (language) {
                    case JAVASCRIPT ->
                            List.of(
                                    "Java.type('java.lang.System')",
                                    "load('/etc/passwd')",
                                    "image.getClass()",
                                    "Polyglot.eval('python', '1')");
                    case PYTHON ->
                            List.of(
                                    "open('/etc/passwd').read()",
                                    "import os\nos.system('true')",
                                    "import java\njava.type('java.lang.System')",
                                    "import socket\nsocket.create_connection(('localhost', 1))");
                }) assertThrows(PolicyFailed.class, () -> session.evaluate("test", code), code);
    }

    @ParameterizedTest
    @EnumSource
    void anUnfinishedPieceIsToldFromAFinishedOne(Language language) throws IOException {
        ScriptSession session = session(language);
        for (String unfinished :
                switch (language) {
                    case JAVASCRIPT -> List.of("f(", "if (1) {", "x = `a", "/* a", "1 +");
                    case PYTHON -> List.of("f(", "if 1:", "def f():\n    return 1", "'''a");
                }) assertFalse(session.complete(unfinished), unfinished);
        for (String finished :
                switch (language) {
                    case JAVASCRIPT -> List.of("f()", "`a`", "/* a */", "foo bar", "'a", "x = 1");
                    case PYTHON -> List.of("f()", "def f():\n    return 1\n", "foo bar", "x = 1");
                }) assertTrue(session.complete(finished), finished);
    }

    @ParameterizedTest
    @EnumSource
    void membersAreSpelledAsTheLanguageSpellsThem(Language language) throws IOException {
        ScriptSession session = session(language);
        assertTrue(
                session.members("image").contains(pick(language, "libxcVersion", "libxc_version")));
        assertTrue(
                session.members("image.pages")
                        .contains(pick(language, "withContents", "with_contents")));
        assertTrue(session.members("").contains("image"));
        assertEquals(List.of(), session.members("nope.nope"));
    }

    @ParameterizedTest
    @EnumSource
    void whatCodeHoldsIsRefusedAfterAnUndo(Language language) throws IOException {
        ScriptSession session = session(language);
        value(
                session,
                pick(
                        language,
                        "var p = image.page(0x101); p.setU8(0, 1)",
                        "p = image.page(0x101)\np.set_u8(0, 1)"));
        assertEquals("1", value(session, "p.u8(0)"));
        session.undo();
        PolicyFailed refused =
                assertThrows(PolicyFailed.class, () -> session.evaluate("test", "p.u8(0)"));
        assertTrue(String.valueOf(refused.getMessage()).contains("get it from image again"));
    }
}
