package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.xenimage.script.SampleRuns.pick;
import static org.xenimage.script.SampleRuns.run;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyModule;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Policies of several files: what they may import, how it is digested, and how it is said what is wrong. */
class PolicyImportTest {
    private static final String JS_HEADER =
            "export const policy = { api: 1, name: 'main', version: '1' };\n";
    private static final String PYTHON_HEADER =
            "POLICY = {'api': 1, 'name': 'main', 'version': '1'}\n";

    @TempDir private Path folder;

    private Path write(String name, String text) throws IOException {
        Path file = folder.resolve("site").resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private Policy policy(Language language, String javaScript, String python) throws IOException {
        return SampleRuns.host().load(main(language, javaScript, python).toString());
    }

    private Path main(Language language, String javaScript, String python) throws IOException {
        return write(
                "main" + language.suffix(),
                pick(language, JS_HEADER + javaScript, PYTHON_HEADER + python));
    }

    /** A module that names itself, another one below, and one that imports it back. */
    private void modules() throws IOException {
        write(
                "lib/redact.js",
                "import { deep } from './deep/er.js';\nexport const redact = (t) => t + ' redacted ' + deep();\n");
        write(
                "lib/deep/er.js",
                "import { redact } from '../redact.js';\nexport const deep = () => typeof redact;\n");
        write(
                "lib/redact.py",
                "from .deep.er import deep\n\n\ndef redact(t):\n    return t + ' redacted ' + deep()\n");
        write("lib/deep/__init__.py", "");
        write(
                "lib/deep/er.py",
                "import lib.redact\n\n\ndef deep():\n    return type(lib.redact).__name__\n");
    }

    private static final String JS_MAIN =
            "import { redact } from './lib/redact.js';\nexport function onBegin(ctx) { ctx.log(redact('all')); }\n";
    private static final String PYTHON_MAIN =
            "from lib.redact import redact\n\n\ndef on_begin(ctx):\n    ctx.log(redact('all'))\n";

    @ParameterizedTest
    @EnumSource
    void aPolicyImportsWhatIsBesideItCyclesToo(Language language) throws IOException {
        modules();
        Policy policy = policy(language, JS_MAIN, PYTHON_MAIN);
        assertEquals(
                pick(
                        language,
                        "[lib/deep/er.js, lib/redact.js]",
                        "[lib/deep/__init__.py, lib/deep/er.py, lib/redact.py]"),
                policy.modules().stream().map(PolicyModule::path).toList().toString());
        String logged = run(policy).logged();
        assertTrue(
                logged.contains(pick(language, "all redacted function", "all redacted module")),
                logged);
        assertEquals(1 + policy.modules().size(), policy.files().size());
    }

    @ParameterizedTest
    @EnumSource
    void theDigestIsThatOfAllFilesAndTheirNames(Language language) throws IOException {
        modules();
        Policy alone =
                policy(language, "export function onBegin() {}\n", "def on_begin(ctx): pass\n");
        Policy first = policy(language, JS_MAIN, PYTHON_MAIN);
        assertEquals(
                first.digest(), policy(language, JS_MAIN, PYTHON_MAIN).digest(), "the same files");
        assertNotEquals(alone.digest(), first.digest());
        write("lib/unrelated" + language.suffix(), "1");
        assertEquals(
                first.digest(), policy(language, JS_MAIN, PYTHON_MAIN).digest(), "not imported");
        String deep = pick(language, "lib/deep/er.js", "lib/deep/er.py");
        Files.writeString(
                folder.resolve("site").resolve(deep),
                pick(language, "// changed\n", "# changed\n"),
                java.nio.file.StandardOpenOption.APPEND);
        Policy changed = policy(language, JS_MAIN, PYTHON_MAIN);
        assertNotEquals(first.digest(), changed.digest(), "a module of a module changed");
        assertTrue(run(changed).logged().contains(changed.digest()), "the log has it");
    }

    @ParameterizedTest
    @EnumSource
    void whatRunsIsWhatWasRead(Language language) throws IOException {
        modules();
        Policy policy = policy(language, JS_MAIN, PYTHON_MAIN);
        write("lib/redact.js", "export const redact = () => 'other';\n");
        write("lib/redact.py", "def redact(t): return 'other'\n");
        assertTrue(
                run(policy).logged().contains("all redacted"),
                "the file changed after it was loaded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../out.js", "./lib/../../out.js", "/etc/passwd.js", "./lib//x.js"})
    void noNameLeadsOut(String name) throws IOException {
        Files.writeString(folder.resolve("out.js"), "export const x = 1;\n");
        PolicyFailed failed =
                assertThrows(
                        PolicyFailed.class,
                        () ->
                                policy(
                                        Language.JAVASCRIPT,
                                        "import { x } from '"
                                                + name
                                                + "';\nexport function onBegin() {}\n",
                                        ""));
        String message = failed.fault().message();
        assertTrue(
                message.contains("main.js:2: import of " + name + " is not in the policy's folder"),
                message);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "JAVASCRIPT | export async function onBegin(ctx) { await import('../out.js'); }",
                "JAVASCRIPT | export function onBegin(c) { import('..' + '/out.js').then(() => c.log('got out')); }",
                "JAVASCRIPT | import x from 'file:///etc/passwd'; export function onBegin(ctx) {}",
                "JAVASCRIPT | import x from './missing.js'; export function onBegin(ctx) {}",
                "JAVASCRIPT | import x from './Lib/Redact.js'; export function onBegin(ctx) {}",
                "JAVASCRIPT | import x from 'node:fs'; export function onBegin(ctx) {}",
                "PYTHON | from .. import out",
                "PYTHON | from ..out import x",
                "PYTHON | import missing_module",
                "PYTHON | __import__('imp' + 'ortlib').import_module('out')",
                "PYTHON | import sys; sys.path.insert(0, '..'); import out"
            })
    void whatIsNotBesideThePolicyCannotBeImported(Language language, String source)
            throws IOException {
        modules();
        Files.writeString(folder.resolve("out.js"), "export const x = 'out';\n");
        Files.writeString(folder.resolve("out.py"), "x = 'out'\n");
        String python = source + "\nimport lib.redact\ndef on_begin(ctx): ctx.log('got out')\n";
        try {
            Policy policy =
                    policy(
                            language,
                            source + "\n" + JS_MAIN.lines().findFirst().orElse(""),
                            python);
            String logged = run(policy).logged();
            assertFalse(logged.contains("got out"), logged);
        } catch (ImageException refused) {
            assertFalse(String.valueOf(refused.getMessage()).contains("java."), refused.toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void noLinkLeadsOut(Language language) throws IOException {
        Files.writeString(folder.resolve("out.js"), "export const redact = 1;\n");
        Files.writeString(folder.resolve("out.py"), "redact = 1\n");
        Files.createDirectories(folder.resolve("site/lib"));
        Files.createSymbolicLink(
                folder.resolve("site/lib/redact" + language.suffix()),
                folder.resolve("out" + language.suffix()));
        PolicyFailed failed =
                assertThrows(PolicyFailed.class, () -> policy(language, JS_MAIN, PYTHON_MAIN));
        assertTrue(
                failed.fault()
                        .message()
                        .contains(
                                ":2: import of lib/redact"
                                        + language.suffix()
                                        + " is not in the policy's folder"),
                failed.fault().message());
        // The folder itself may be a link, and a link may lead to a file within it.
        modulesInstead();
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("site"));
        Policy policy = SampleRuns.host().load(link.resolve("main" + language.suffix()).toString());
        assertTrue(run(policy).logged().contains("all redacted"));
    }

    private void modulesInstead() throws IOException {
        for (String ending : List.of(".js", ".py"))
            Files.deleteIfExists(folder.resolve("site/lib/redact" + ending));
        modules();
    }

    @ParameterizedTest
    @EnumSource
    void aModuleThatCannotBeReadOrIsTooLargeIsSaidWithTheImport(Language language)
            throws IOException {
        modules();
        Path module = folder.resolve("site/lib/redact" + language.suffix());
        Files.writeString(module, "#".repeat((1 << 20) + 1));
        assertTrue(refusal(language).contains("is longer than 1048576 bytes"), refusal(language));
        Files.write(module, new byte[] {(byte) 0xff});
        assertTrue(refusal(language).contains("is not UTF-8"), refusal(language));
        Files.setPosixFilePermissions(module, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(module), "this user reads everything");
        assertTrue(
                refusal(language).contains("cannot be read: permission denied"), refusal(language));
    }

    private String refusal(Language language) {
        return assertThrows(PolicyFailed.class, () -> policy(language, JS_MAIN, PYTHON_MAIN))
                .fault()
                .message();
    }

    @ParameterizedTest
    @EnumSource
    void anErrorInAModuleNamesItsFileAndLine(Language language) throws IOException {
        write(
                "lib/redact.js",
                "// one\nexport function redact(t) {\n  throw new Error('no ' + t);\n}\n");
        write("lib/redact.py", "# one\ndef redact(t):\n    raise ValueError('no ' + t)\n");
        Policy policy = policy(language, JS_MAIN, PYTHON_MAIN);
        PolicyFailed thrown = assertThrows(PolicyFailed.class, () -> run(policy));
        String file = folder.resolve("site/lib/redact" + language.suffix()).toString();
        assertTrue(thrown.fault().message().startsWith(file + ":3"), thrown.getMessage());
        assertTrue(thrown.fault().message().contains("no all"), thrown.getMessage());
        assertTrue(String.valueOf(thrown.getMessage()).contains(">    3 | "), thrown.getMessage());

        write("lib/redact.js", "// one\nexport const redact = ;\n");
        write("lib/redact.py", "# one\ndef redact(t) return 1\n");
        Policy invalid = policy(language, JS_MAIN, PYTHON_MAIN);
        PolicyFailed syntax = assertThrows(PolicyFailed.class, () -> run(invalid));
        assertTrue(syntax.fault().message().startsWith(file + ":2:"), syntax.getMessage());
    }

    @Test
    void aPolicyFromMemoryHasNoFiles() throws IOException {
        modules();
        Policy policy =
                SampleRuns.host()
                        .parse(
                                folder.resolve("site/main.js").toString(),
                                Language.JAVASCRIPT,
                                JS_HEADER + JS_MAIN);
        assertEquals(List.of(), policy.modules());
        PolicyFailed failed = assertThrows(PolicyFailed.class, () -> run(policy));
        assertTrue(
                failed.fault().message().contains("there is no module"), failed.fault().message());
    }

    @ParameterizedTest
    @EnumSource
    void aModuleThatIsMissingIsNamedWithTheLineThatImportsIt(Language language) throws IOException {
        modules();
        Policy policy =
                policy(
                        language,
                        "import { b } from './lib/nonesuch.js';\nexport function onBegin() {}\n",
                        "import lib.redact\nimport lib.nonesuch\ndef on_begin(ctx): pass\n");
        String message = assertThrows(PolicyFailed.class, () -> run(policy)).fault().message();
        assertTrue(message.contains("nonesuch"), message);
        assertTrue(
                message.contains(pick(language, "there is no module", "No module named")), message);
    }

    @Test
    void anErrorThatLooksLikeAPathIsThePolicysOwn() throws IOException {
        modules();
        Policy policy =
                policy(
                        Language.JAVASCRIPT,
                        "export function onBegin() { throw new Error('./a/b'); }\n",
                        "");
        String message = assertThrows(PolicyFailed.class, () -> run(policy)).fault().message();
        assertTrue(message.contains("Error: ./a/b"), message);
    }
}
