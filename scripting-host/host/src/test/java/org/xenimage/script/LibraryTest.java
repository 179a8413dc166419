package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.script.SampleRuns.pick;
import static org.xenimage.script.SampleRuns.policy;
import static org.xenimage.script.SampleRuns.run;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How a policy is found: in a file or in the library, by name or by import. */
class LibraryTest {
    @Test
    void bareNameIsOfTheLibraryJavaScriptFirst() throws IOException {
        assertEquals("xenimage/greeting.js", SampleRuns.host().load("greeting").file());
        assertEquals("xenimage/greeting.js", SampleRuns.host().load("greeting.js").file());
        assertEquals("xenimage/greeting.py", SampleRuns.host().load("greeting.py").file());
    }

    @Test
    void libraryIsListedByItsIndex() throws IOException {
        assertEquals(
                List.of("xenimage/greeting.js", "xenimage/greeting.py"),
                SampleRuns.host().library().stream().map(Policy::file).toList());
    }

    @Test
    void pathIsAFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("greeting.js");
        Files.writeString(
                file,
                "export const policy = { api: 1, version: 7 };\r\nexport function onEnd() {}\n");
        Policy policy = SampleRuns.host().load(file.toString());
        assertEquals(file.toString(), policy.file());
        assertEquals("greeting 7", policy.title());
        Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe});
        var thrown =
                assertThrows(PolicyFailed.class, () -> SampleRuns.host().load(file.toString()));
        assertTrue(thrown.fault().message().contains("is not UTF-8"), thrown.fault().message());
    }

    @ParameterizedTest
    @EnumSource
    void policyImportsModulesOfTheLibraryAndNothingElse(Language language) throws IOException {
        SampleRuns.Ran ran =
                run(
                        policy(
                                language,
                                pick(
                                        language,
                                        """
                                        import { onBegin as greet } from 'xenimage/greeting';
                                        export function onBegin(ctx) { greet(ctx); }
                                        """,
                                        """
                                        from xenimage import greeting
                                        def on_begin(ctx): greeting.on_begin(ctx)
                                        """)));
        assertTrue(ran.logged().contains("imported from"), ran.logged());
        String outside =
                pick(
                        language,
                        "import x from '/etc/passwd'; // xenimage\nexport function onBegin() {}",
                        "from xenimage import nothing_there\ndef on_begin(ctx): pass");
        assertThrows(PolicyFailed.class, () -> run(policy(language, outside)));
        String unknown =
                pick(
                        language,
                        "import x from 'xenimage/../../etc/passwd';\nexport function onBegin() {}",
                        "import xenimage.nothing_there\ndef on_begin(ctx): pass");
        assertThrows(PolicyFailed.class, () -> run(policy(language, unknown)));
    }
}
