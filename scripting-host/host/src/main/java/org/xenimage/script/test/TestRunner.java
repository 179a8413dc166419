package org.xenimage.script.test;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.RunFiles;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyCoverage;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.TestScript;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.yaml.Located;
import org.xenimage.script.yaml.SpecRejected;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Runs tests: of any number of files, on one host, one after the other.
 *
 * <p>Policies are loaded anew for each call of {@link #run}. What goes wrong with one test, policy or image is the
 * result of that test; the others are run. For one thread; close it in the end.
 */
public final class TestRunner implements Closeable {
    /** How many engines start while a test runs: with the one that it may still wait for, enough for two processors. */
    private static final int AHEAD = 2;

    private final PolicyHost host;
    private final RunFiles files;
    private final Map<String, Set<Hook>> called = new HashMap<>();
    private final Map<String, Policy> tested = new LinkedHashMap<>();
    private final Optional<PolicyCoverage> coverage;
    private Set<String> library = Set.of();

    private TestRunner(HostOptions options, RunFiles files, boolean covered) {
        this.host =
                PolicyHost.open(
                        options.withSecrets(true)
                                .withHooks((policy, hook, _) -> called(policy, hook)));
        this.files = files;
        this.coverage =
                covered
                        ? Optional.of(PolicyCoverage.begin(host, this::isTested))
                        : Optional.empty();
    }

    /**
     * Opens a host for tests.
     *
     * @param options limits of the policies
     * @param files takes what is read
     * @param covered whether to record which hooks and lines run
     * @return the tests
     */
    public static TestRunner open(HostOptions options, RunFiles files, boolean covered) {
        return new TestRunner(options, files, covered);
    }

    private synchronized void called(Policy policy, Hook hook) {
        called.computeIfAbsent(policy.file(), _ -> EnumSet.noneOf(Hook.class)).add(hook);
    }

    /**
     * Runs tests.
     *
     * @param tests the files
     * @param filter says of {@code FILE: NAME} whether the test is wanted
     * @param listener takes each result at once
     * @return all results
     * @throws IOException if there is no place for the images of tests
     */
    public TestReport run(
            List<TestFile> tests, Predicate<String> filter, Consumer<TestResult> listener)
            throws IOException {
        List<TestResult> results = new ArrayList<>();
        Consumer<TestResult> each =
                result -> {
                    results.add(result);
                    listener.accept(result);
                };
        try (TestImages images = new TestImages(files);
                Steps steps = new Steps(tests, test -> new FileRun(test, filter, images, each))) {
            steps.run();
        }
        return new TestReport(results, covered());
    }

    /**
     * All that is to be done, in order. Most of a case is the start of its engine: those of the next ones, of the next
     * file as well, start while one runs.
     */
    private static final class Steps implements Closeable {
        private final Iterator<FileRun> files;
        private final Deque<Step> known = new ArrayDeque<>();
        private final Deque<Step> begun = new ArrayDeque<>();

        Steps(List<TestFile> tests, Function<TestFile, FileRun> of) {
            files = tests.stream().map(of).iterator();
        }

        void run() throws IOException {
            for (prepare(); !begun.isEmpty(); prepare()) {
                try (Step step = begun.removeFirst()) {
                    step.run();
                }
            }
        }

        private void prepare() {
            while (begun.size() <= AHEAD) {
                while (known.isEmpty() && files.hasNext()) known.addAll(files.next().steps());
                if (known.isEmpty()) return;
                begun.addLast(known.removeFirst());
                begun.getLast().begin();
            }
        }

        @Override
        public void close() {
            for (Step step : begun) step.close();
        }
    }

    /** A part of the tests that is begun while others run, and then run in its turn. */
    private interface Step extends Closeable {
        /** Begins to prepare it, and does not wait. */
        default void begin() {}

        /** Runs it, and tells the results. */
        void run() throws IOException;

        @Override
        default void close() {}
    }

    /** The tests of one file. */
    private final class FileRun {
        private final TestFile file;
        private final String name;
        private final Predicate<String> filter;
        private final TestImages images;
        private final Consumer<TestResult> listener;

        FileRun(
                TestFile file,
                Predicate<String> filter,
                TestImages images,
                Consumer<TestResult> listener) {
            this.file = file;
            this.name = file.path().toString();
            this.filter = filter;
            this.images = images;
            this.listener = listener;
        }

        private boolean isWanted(String test) {
            return filter.test(name + ": " + test);
        }

        /** What is to be done, in order; what is wrong with the file as a whole is told in its turn. */
        List<Step> steps() {
            try {
                files.reading(file.path());
                return switch (file.kind()) {
                    case CASES -> cases();
                    case SCRIPT ->
                            List.of(() ->
                                    told(() -> {
                                        for (Policy policy : policies(List.of())) script(policy);
                                    }));
                };
            } catch (SpecRejected e) {
                return List.of(() ->
                        told(() -> {
                            throw e;
                        }));
            } catch (IOException e) {
                return List.of(() ->
                        told(() -> {
                            throw e;
                        }));
            }
        }

        /** Does something, and tells what is wrong with the file. */
        private void told(Step step) {
            try {
                step.run();
            } catch (SpecRejected e) {
                broken("", "", e.place().isEmpty() ? name : e.place(), e.problem());
            } catch (IOException e) {
                broken("", "", e instanceof ImageException ? "" : name, problem(e));
            }
        }

        private static String problem(IOException failure) {
            return switch (failure) {
                case ImageException e -> e.fault().message();
                case NoSuchFileException e -> e.getFile() + ": no such file or directory";
                case AccessDeniedException e -> e.getFile() + ": permission denied";
                default -> String.valueOf(failure.getMessage());
            };
        }

        private void broken(String test, String policy, String place, String problem) {
            listener.accept(
                    new TestResult(
                            name,
                            test,
                            policy,
                            TestResult.Status.BROKEN,
                            Duration.ZERO,
                            List.of(Mismatch.problem(place, problem)),
                            List.of()));
        }

        private List<Step> cases() throws IOException {
            CaseFile cases = CaseFile.read(file);
            List<CaseFile.Case> wanted =
                    cases.cases().stream().filter(one -> isWanted(one.name())).toList();
            List<Step> runs = new ArrayList<>();
            if (wanted.isEmpty()) return runs;
            for (Policy policy : policies(cases.policies()))
                for (CaseFile.Case one : wanted) runs.add(new CaseRun(one, policy));
            return runs;
        }

        /** One case with one policy. */
        private final class CaseRun implements Step {
            private final CaseFile.Case one;
            private final Policy policy;
            private Optional<Trial.Begun> begun = Optional.empty();
            private Optional<IOException> failed = Optional.empty();
            private Optional<SpecRejected> rejected = Optional.empty();

            CaseRun(CaseFile.Case one, Policy policy) {
                this.one = one;
                this.policy = policy;
            }

            /** Lets the engine start. What goes wrong is the result of this case, and told by {@link #trial}. */
            @Override
            public void begin() {
                try {
                    begun = Optional.of(Trial.begin(host, List.of(policy), one.request(), images));
                } catch (SpecRejected e) {
                    rejected = Optional.of(e);
                } catch (IOException e) {
                    failed = Optional.of(e);
                }
            }

            Trial trial() throws IOException {
                if (rejected.isPresent()) throw rejected.get();
                if (failed.isPresent()) throw failed.get();
                return begun.orElseThrow().finish();
            }

            @Override
            public void run() {
                told(() -> FileRun.this.run(this));
            }

            @Override
            public void close() {
                begun.ifPresent(Trial.Begun::close);
                begun = Optional.empty();
            }
        }

        private void run(CaseRun run) throws IOException {
            CaseFile.Case one = run.one;
            Policy policy = run.policy;
            long began = System.nanoTime();
            List<String> output = List.of();
            TestResult.Status status = TestResult.Status.BROKEN;
            List<Mismatch> mismatches;
            try (Trial trial = run.trial()) {
                output = trial.messages();
                mismatches = Expectation.of(one.expect()).check(trial.run());
                status = mismatches.isEmpty() ? TestResult.Status.PASSED : TestResult.Status.FAILED;
            } catch (SpecRejected e) {
                String place = e.place().isEmpty() ? one.from().place() : e.place();
                mismatches = List.of(Mismatch.problem(place, e.problem()));
            } catch (IOException e) {
                mismatches = List.of(Mismatch.problem(one.from().place(), problem(e)));
            }
            listener.accept(
                    new TestResult(
                            name,
                            one.name(),
                            policy.file(),
                            status,
                            Duration.ofNanos(System.nanoTime() - began),
                            mismatches,
                            output));
        }

        private void script(Policy policy) throws IOException {
            TestScript script = TestScript.load(host, name);
            try {
                List<String> tests = script.tests();
                if (tests.isEmpty())
                    broken(
                            "",
                            policy.file(),
                            name,
                            "has no test: expected functions whose names begin with test");
                for (String test : tests) {
                    if (!isWanted(test)) continue;
                    if (script.stopped()) {
                        script.close();
                        script = TestScript.load(host, name);
                    }
                    run(script, test, policy);
                }
            } finally {
                script.close();
            }
        }

        private void run(TestScript script, String test, Policy policy) throws IOException {
            long began = System.nanoTime();
            List<String> output = new ArrayList<>();
            List<Trial> trials = new ArrayList<>();
            Optional<Mismatch> mismatch = Optional.empty();
            TestResult.Status status = TestResult.Status.PASSED;
            try {
                Optional<TestScript.FailedTest> failure =
                        script.run(
                                test,
                                policy.file(),
                                request -> {
                                    Trial trial = trial(policy, request);
                                    trials.add(trial);
                                    output.addAll(trial.messages());
                                    return trial.run();
                                },
                                output::add);
                if (failure.isPresent()) {
                    status = TestResult.Status.FAILED;
                    TestScript.FailedTest found = failure.get();
                    mismatch =
                            Optional.of(
                                    new Mismatch(
                                            found.place(),
                                            found.problem(),
                                            found.expected(),
                                            found.found(),
                                            found.frame()));
                }
            } catch (IOException e) {
                status = TestResult.Status.BROKEN;
                mismatch = Optional.of(Mismatch.problem(name, problem(e)));
            } finally {
                for (Trial trial : trials) trial.close();
            }
            listener.accept(
                    new TestResult(
                            /* file= */ name,
                            /* name= */ test,
                            policy.file(),
                            status,
                            Duration.ofNanos(System.nanoTime() - began),
                            mismatch.map(List::of).orElse(List.of()),
                            output));
        }

        /** On the thread of the test, which waits. A request that is not in order is an error of the test. */
        private Trial trial(Policy policy, ObjectNode request) throws IOException {
            Located spec = Located.of("", request);
            List<Policy> wanted =
                    spec.find("policy").isPresent()
                            ? policies(spec.find("policy").get().list())
                            : List.of(policy);
            TrialRequest made = TrialRequest.usual().with(spec, file.folder());
            try {
                return Trial.of(host, wanted, made, images);
            } catch (IOException e) {
                throw new SpecRejected("", problem(e));
            }
        }

        /** The policies that the tests name; else those beside them; else those of the library. */
        private List<Policy> policies(List<Located> named) throws IOException {
            List<Policy> found = new ArrayList<>();
            for (Located one : named) {
                Path path = file.folder().resolve(one.text());
                found.add(load(Files.isRegularFile(path) ? path.toString() : one.text()));
            }
            if (!named.isEmpty()) return found;
            for (Path path : file.policies()) found.add(load(path.toString()));
            if (found.isEmpty())
                for (String name : library())
                    if (file.isAbout(name + ".js"))
                        for (String ending : List.of(".js", ".py")) found.add(load(name + ending));
            if (found.isEmpty())
                throw new SpecRejected(
                        name,
                        "there is no policy %s.js or %s.py beside it; name one as policy"
                                .formatted(file.name(), file.name()));
            return found;
        }
    }

    /** The names of the policies of the library, each of which is there in both languages. */
    private Set<String> library() throws IOException {
        if (library.isEmpty())
            library = host.library().stream().map(Policy::name).collect(Collectors.toSet());
        return library;
    }

    private Policy load(String reference) throws IOException {
        Policy policy = host.load(reference);
        for (Path file : policy.files()) files.reading(file);
        synchronized (this) {
            tested.put(policy.file(), policy);
        }
        if (coverage.isPresent()) coverage.get().include(policy.language());
        return policy;
    }

    private synchronized boolean isTested(String fileName) {
        return tested.keySet().stream()
                .anyMatch(file -> file.equals(fileName) || file.endsWith("/" + fileName));
    }

    /**
     * What of a policy ran in all tests.
     *
     * @param policy which
     * @param hooks that it has
     * @param called those of them that were called
     * @param lines of its file
     */
    public record Covered(
            Policy policy, Set<Hook> hooks, Set<Hook> called, PolicyCoverage.Lines lines) {
        /** Copies the sets. */
        public Covered {
            hooks = Set.copyOf(hooks);
            called = Set.copyOf(called);
        }
    }

    private List<Covered> covered() throws IOException {
        List<Covered> all = new ArrayList<>();
        if (coverage.isEmpty()) return all;
        for (Policy policy : tested.values()) {
            PolicyCoverage.Lines lines = coverage.get().lines(policy);
            Set<Hook> hooks;
            try {
                hooks = host.hooks(policy);
            } catch (ImageException e) {
                continue; // its tests have said so
            }
            @Nullable Set<Hook> calls = called.get(policy.file());
            all.add(new Covered(policy, hooks, calls == null ? Set.of() : calls, lines));
        }
        return all;
    }

    @Override
    public void close() {
        coverage.ifPresent(PolicyCoverage::close);
        host.close();
    }
}
