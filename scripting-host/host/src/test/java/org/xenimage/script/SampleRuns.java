package org.xenimage.script;

import org.xenimage.image.fault.ImageException;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;
import org.xenimage.tests.testkit.PlainWords;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Runs of policies over the sample image, all on one host: an engine is dear. */
final class SampleRuns {
    static final RunContext CONTEXT =
            RunContext.of(
                    Operation.REWRITE,
                    "sample.save",
                    "alice",
                    Instant.parse("2026-01-02T03:04:05Z"));

    /** For scripts that go beyond a limit: short, so that the tests are. */
    static final Limits SHORT = new Limits(Duration.ofMillis(1500), 48L << 20, 0);

    private static final byte[] SAMPLE = PolicyTestImage.bytes();

    private SampleRuns() {}

    private static final class Shared {
        static final PolicyHost HOST =
                PolicyHost.open(
                        HostOptions.defaults()
                                .withSpeech((_, _, _, text) -> {
                                    if (Boolean.getBoolean("xenimage.test.heard"))
                                        System.out.println(text);
                                })
                                .withLimits(
                                        Limits.DEFAULT
                                                .withTime(Duration.ofSeconds(60))
                                                .withAllocation(1L << 30)));
    }

    static PolicyHost host() {
        return Shared.HOST;
    }

    /** A policy without a header of its own: this one is put before it, on its first line. */
    static Policy policy(Language language, String body) throws ImageException {
        return policy(language, "", body);
    }

    /** Keys are given as JSON, which both languages read, except for true and false. */
    static Policy policy(Language language, String keys, String body) throws ImageException {
        String header =
                switch (language) {
                    case JAVASCRIPT ->
                            "export const policy = {\"api\": 1, \"name\": \"tested\", \"version\": \"1\""
                                    + keys
                                    + "};";
                    case PYTHON ->
                            "POLICY = {\"api\": 1, \"name\": \"tested\", \"version\": \"1\""
                                    + keys
                                    + "}";
                };
        return host().parse("tested" + language.suffix(), language, header + "\n" + body);
    }

    static String pick(Language language, String javaScript, String python) {
        return switch (language) {
            case JAVASCRIPT -> javaScript;
            case PYTHON -> python;
        };
    }

    static byte[] sample() {
        return SAMPLE.clone();
    }

    /** What came of a run. */
    static final class Ran {
        private final byte[] image;
        private final List<String> log;
        private final RunSummary summary;

        Ran(byte[] image, List<String> log, RunSummary summary) {
            this.image = image;
            this.log = log;
            this.summary = summary;
        }

        byte[] image() {
            return image.clone();
        }

        List<String> log() {
            return log;
        }

        RunSummary summary() {
            return summary;
        }

        String logged() {
            return String.join("\n", log);
        }
    }

    static Ran run(Policy... policies) throws IOException {
        return run(CONTEXT, policies);
    }

    static Ran run(RunContext context, Policy... policies) throws IOException {
        List<String> log = new ArrayList<>();
        try (PolicyRun run = host().run(List.of(policies), context, DecisionLog.to(log::add))) {
            try {
                byte[] made = PolicyTestImage.rewrite(SAMPLE, run);
                // An edit's line holds the image's values, whatever they are.
                log.stream()
                        .filter(line -> !line.contains("\"path\""))
                        .forEach(PlainWords::require);
                return new Ran(made, log, run.summary());
            } catch (IOException | RuntimeException | Error failure) {
                PlainWords.require(failure);
                run.fail(failure);
                throw failure;
            }
        }
    }
}
