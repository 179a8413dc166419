package org.xenimage.script.test;

import org.xenimage.image.Images;
import org.xenimage.image.io.RunFiles;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRewrite;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the hooks of a policy cost: in the first run, which starts with nothing loaded, and in the fastest of the runs
 * that follow, when everything is.
 *
 * <p>The time of a hook is that on the wall from outside: the making of its arguments and the comparison of its edits
 * belong to it, reading and writing the image do not. What the policy makes is checked and dropped.
 */
public final class PolicyBench {
    private PolicyBench() {}

    /**
     * What one hook cost.
     *
     * @param hook which
     * @param calls in a run
     * @param first call of the first run
     * @param cold all calls of the first run together
     * @param steady all calls of the fastest run together
     */
    public record HookCost(Hook hook, long calls, Duration first, Duration cold, Duration steady) {
        /** {@return what a call costs in the fastest run, on average} */
        public Duration perCall() {
            return calls == 0 ? Duration.ZERO : steady.dividedBy(calls);
        }
    }

    /**
     * What a policy cost.
     *
     * @param policy which
     * @param runs how many were made
     * @param cold the first run, with reading the image and starting the engine
     * @param steady the fastest run
     * @param hooks in the order of a run; those that were not called are left out
     */
    public record Cost(
            Policy policy, int runs, Duration cold, Duration steady, List<HookCost> hooks) {
        /** Copies the list. */
        public Cost {
            hooks = List.copyOf(hooks);
        }
    }

    /** What hooks took in one run. */
    private static final class Stopwatch {
        private final Map<Hook, Duration> total = new EnumMap<>(Hook.class);
        private final Map<Hook, Duration> first = new EnumMap<>(Hook.class);
        private final Map<Hook, Long> calls = new EnumMap<>(Hook.class);

        void heard(Hook hook, Duration took) {
            first.putIfAbsent(hook, took);
            total.merge(hook, took, Duration::plus);
            calls.merge(hook, 1L, Long::sum);
        }
    }

    /**
     * Measures a policy. It is run at least twice.
     *
     * @param options limits, library
     * @param reference of the policy, as {@link PolicyHost#load} takes it
     * @param image to run over; empty for a sample of a PV guest with 16 MiB
     * @param context what the policy knows of its runs
     * @param budget no run begins when it is spent
     * @param files takes what is read
     * @return what it cost
     * @throws IOException if the policy fails, or the image cannot be read
     */
    public static Cost measure(
            HostOptions options,
            String reference,
            Optional<Path> image,
            RunContext context,
            Duration budget,
            RunFiles files)
            throws IOException {
        Stopwatch[] running = new Stopwatch[1];
        HostOptions listened = options.withHooks((_, hook, took) -> running[0].heard(hook, took));
        try (TestImages images = new TestImages(files);
                PolicyHost host = PolicyHost.open(listened)) {
            Policy policy = host.load(reference);
            for (Path file : policy.files()) files.reading(file);
            ImageSpec wanted =
                    image.<ImageSpec>map(ImageSpec.FromFile::new).orElse(SampleSpec.OF_BENCHMARKS);
            Path source = images.image(wanted, Optional.empty()).file();
            List<Stopwatch> runs = new ArrayList<>();
            List<Duration> took = new ArrayList<>();
            long began = System.nanoTime();
            while (runs.size() < 2 || System.nanoTime() - began < budget.toNanos()) {
                running[0] = new Stopwatch();
                long start = System.nanoTime();
                try (PolicyRewrite rewrite =
                        PolicyRewrite.of(host, List.of(policy), context, DecisionLog.none())) {
                    Images codecs = images.images();
                    rewrite.run(() -> codecs.open(source), each -> each.dryRun());
                }
                took.add(Duration.ofNanos(System.nanoTime() - start));
                runs.add(running[0]);
            }
            return cost(policy, runs, took);
        }
    }

    private static Cost cost(Policy policy, List<Stopwatch> runs, List<Duration> took) {
        List<HookCost> hooks = new ArrayList<>();
        Stopwatch cold = runs.getFirst();
        for (Hook hook : Hook.values()) {
            if (!cold.calls.containsKey(hook)) continue;
            Duration fastest =
                    runs.stream()
                            .skip(1)
                            .map(run -> run.total.getOrDefault(hook, Duration.ZERO))
                            .min(Duration::compareTo)
                            .orElseThrow();
            hooks.add(
                    new HookCost(
                            hook,
                            cold.calls.getOrDefault(hook, 0L),
                            cold.first.getOrDefault(hook, Duration.ZERO),
                            cold.total.getOrDefault(hook, Duration.ZERO),
                            fastest));
        }
        return new Cost(
                policy,
                runs.size(),
                took.getFirst(),
                took.stream().skip(1).min(Duration::compareTo).orElseThrow(),
                hooks);
    }
}
