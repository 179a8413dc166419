package org.xenimage.cli.policy;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.FileNames;
import org.xenimage.cli.output.InspectOption;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.SecretsOption;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextFile;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.script.HostOptions;
import org.xenimage.script.policy.MatchPattern;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.test.TestFile;
import org.xenimage.script.test.TestReport;
import org.xenimage.script.test.TestResult;
import org.xenimage.script.test.TestRunner;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** {@code xenimage policy test}. */
// Short however many tests there are: each has a context of its own, and few of its calls are made
// often.
@Needs(scripts = Needs.Scripts.ALL)
@Command(
        name = "test",
        header = "run the tests of policies",
        description = {
            "Runs the tests beside policies: cases in NAME.test.yaml, and functions in "
                    + "NAME.test.js and test_NAME.py. A case says what to run (a sample or an "
                    + "image, parameters, site, operation) and what must come of it.",
            "TESTS are files of tests, policies, and folders with the folders in them; the current "
                    + "folder if none are named. The exit status is 1 if a test fails or none is found."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage policy test",
            "  xenimage policy test scrub-mine.js --coverage",
            "  xenimage policy test scrub-mine.js --inspect",
            "  xenimage policy test policies --filter greets --junit report.xml",
            "  xenimage policy test policies --tap"
        })
final class PolicyTest extends Subcommand {
    @Parameters(
            paramLabel = "TESTS",
            arity = "0..*",
            description = "files of tests, policies, folders")
    private List<String> places = new ArrayList<>();

    @Option(
            names = "--filter",
            paramLabel = "WORD",
            description = {
                "run only tests whose file or name contains this, in any case; * and ? stand for",
                "any characters and for one"
            })
    private String filter = "";

    @Option(
            names = "--coverage",
            description = "also say which lines and hooks of the policies did not run")
    private boolean covered;

    @Option(
            names = "--watch",
            description = "run again whenever a file in the folders changes, until interrupted")
    private boolean watch;

    @Option(
            names = "--junit",
            paramLabel = "FILE",
            description = "also write the results as JUnit's XML, - for standard output")
    private @Nullable String junit;

    @Option(names = "--tap", description = "print the results by the Test Anything Protocol")
    private boolean tap;

    @Mixin private InspectOption inspect = new InspectOption();

    @Mixin private SecretsOption secrets = new SecretsOption();

    @Override
    public Integer call() throws IOException, CommandFailed {
        if (tap && json()) throw misused("use either --tap or --json");
        if ("-".equals(junit) && (json() || tap))
            throw misused("--junit -: standard output is used for the report; name a file instead");
        HostOptions options =
                inspect.inspection(this)
                        .map(HostOptions.defaults()::withInspection)
                        .orElse(HostOptions.defaults());
        List<Path> wanted = new ArrayList<>();
        for (String place : places.isEmpty() ? List.of(".") : places)
            wanted.add(FileNames.path(place));
        if (!watch) return run(options, wanted) ? ExitStatus.FINE : ExitStatus.AT_FAULT;
        if (junit != null) throw misused("--junit does not go with --watch");
        FolderWatch changes = FolderWatch.of(wanted);
        while (true) {
            boolean passed = run(options, wanted);
            out().flush();
            if (!changes.awaitChange()) return passed ? ExitStatus.FINE : ExitStatus.AT_FAULT;
            if (!json() && !tap) out().println("");
        }
    }

    private boolean run(HostOptions options, List<Path> wanted) throws IOException {
        TextOutput out = out();
        Secrets hiding = secrets.secrets();
        Consumer<TestResult> listener =
                result -> {
                    if (json()) print(TestReport.json(result, hiding));
                    else if (!tap
                            && !"-".equals(junit)
                            && !(quiet() && result.status() == TestResult.Status.PASSED)) {
                        TestReport.lines(result, hiding).forEach(out::println);
                        out.flush();
                    }
                };
        try (TestRunner tests = TestRunner.open(options, files(), covered)) {
            TestReport report = tests.run(TestFile.find(wanted), filter(), listener);
            if (junit != null) {
                try (TextFile file = TextFile.open("--junit", junit, this)) {
                    report.junit(file.writer(), hiding);
                    file.finish();
                }
            }
            if (json()) print(report.json());
            else if (tap) report.tap(hiding).forEach(out::println);
            else if (!"-".equals(junit) && !(quiet() && report.passed())) {
                report.coverage().forEach(out::println);
                out.println(report.summary());
            }
            out.flush();
            return report.passed();
        }
    }

    private Predicate<String> filter() {
        if (filter.isEmpty()) return _ -> true;
        MatchPattern glob;
        try {
            glob = MatchPattern.glob("*" + filter.toLowerCase(Locale.ROOT) + "*");
        } catch (IllegalArgumentException e) {
            throw misused("--filter: " + e.getMessage(), e);
        }
        return test -> glob.found(test.toLowerCase(Locale.ROOT));
    }
}
