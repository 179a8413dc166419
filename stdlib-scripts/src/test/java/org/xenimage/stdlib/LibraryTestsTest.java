package org.xenimage.stdlib;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.image.io.RunFiles;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.test.TestFile;
import org.xenimage.script.test.TestReport;
import org.xenimage.script.test.TestResult;
import org.xenimage.script.test.TestRunner;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The library's own tests, as {@code xenimage policy test stdlib-scripts/tests} runs them. */
class LibraryTestsTest {
    @Test
    void everyPolicyPassesItsTestsInBothLanguagesAndEveryHookIsCalled() throws IOException {
        TestReport report;
        try (TestRunner tests = TestRunner.open(HostOptions.defaults(), new RunFiles(), true)) {
            report = tests.run(TestFile.find(List.of(Path.of("tests"))), _ -> true, _ -> {});
        }
        for (TestResult result : report.results())
            assertEquals(
                    TestResult.Status.PASSED,
                    result.status(),
                    () -> String.join("\n", TestReport.lines(result, Secrets.BY_NAME)));
        Set<String> tested = new TreeSet<>();
        for (TestRunner.Covered one : report.covered()) {
            if (one.policy().file().startsWith("xenimage/")) tested.add(one.policy().file());
            assertEquals(one.hooks(), one.called(), one.policy().file());
        }
        assertEquals(library(), tested, "the policies that have tests");
        for (TestRunner.Covered one : report.covered())
            assertTrue(
                    10 * one.lines().missed().cardinality()
                            < one.lines().statements().cardinality(),
                    () -> String.join("\n", report.coverage()));
    }

    private static Set<String> library() throws IOException {
        Set<String> files = new TreeSet<>();
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults())) {
            for (Policy policy : host.library())
                for (String ending : List.of(".js", ".py"))
                    files.add(host.load(policy.name() + ending).file());
        }
        return files;
    }
}
