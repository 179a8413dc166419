package org.xenimage.stdlib;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.io.RunFiles;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.PolicyModule;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.test.TestFile;
import org.xenimage.script.test.TestReport;
import org.xenimage.script.test.TestResult;
import org.xenimage.script.test.TestRunner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The functions that the library shares with policies, imported as {@code xenimage/NAME} from a module of a policy. */
class SharedFunctionsTest {
    @TempDir private Path folder;

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void redactRemovesKeysFromATreeInBothLanguages() throws IOException {
        write("lib/secrets.js", "export { redact } from 'xenimage/redact';\n");
        write("lib/secrets.py", "from xenimage.redact import redact\n");
        write(
                "mine.js",
                """
                import { redact } from './lib/secrets.js';
                export const policy = { api: 1, name: 'mine' };
                export function onConfig(config, ctx) {
                  ctx.log(redact(config, (key) => ['bridge', 'weight'].includes(key)).join(' '));
                }
                """);
        write(
                "mine.py",
                """
                from lib.secrets import redact
                POLICY = {"api": 1, "name": "mine"}
                def on_config(config, ctx):
                    ctx.log(" ".join(redact(config, lambda key: key in ("bridge", "weight"))))
                """);
        write(
                "mine.test.yaml",
                """
                cases:
                  - name: removes what it is asked to
                    expect:
                      config: { b_info.sched_params.weight: null, "nics[0].bridge": null }
                      log: b_info.sched_params.weight nics[0].bridge
                """);
        TestReport report;
        try (TestRunner tests = TestRunner.open(HostOptions.defaults(), new RunFiles(), false)) {
            report = tests.run(TestFile.find(List.of(folder)), _ -> true, _ -> {});
        }
        for (TestResult result : report.results())
            assertEquals(
                    TestResult.Status.PASSED,
                    result.status(),
                    () -> String.join("\n", TestReport.lines(result, Secrets.BY_NAME)));
        assertEquals(2, report.results().size());
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults())) {
            assertEquals(
                    List.of("lib/secrets.js", "xenimage/redact.js"),
                    host.load(folder.resolve("mine.js").toString()).modules().stream()
                            .map(PolicyModule::path)
                            .toList());
        }
    }
}
