package org.xenimage.pipeline;

import org.xenimage.image.Images;
import org.xenimage.image.seal.Sha256;
import org.xenimage.pipeline.ImageOutcome.Status;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRun;
import org.xenimage.script.RunSummary;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/**
 * Many images through the same policies.
 *
 * <p>One engine serves all images; every image has its own contexts, so that state of a policy does
 * not get from one image to another. The memory is that of one image for each worker, whatever
 * their sizes, and a few hundred bytes for each file that was found. An image at fault fails alone.
 * For one thread, except {@link #stop}.
 */
public final class BulkRun implements Closeable {
    private static final int WAITING = 256;
    private static final long STEP_MILLIS = 250;

    private final BulkRequest request;
    private final PolicyHost host;
    private final ImageTree tree;
    private final Optional<OutFolder> out;
    private final RunContext context;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean stopped;

    private BulkRun(
            BulkRequest request,
            PolicyHost host,
            ImageTree tree,
            Optional<OutFolder> out,
            RunContext context) {
        this.request = request;
        this.host = host;
        this.tree = tree;
        this.out = out;
        this.context = context;
    }

    /**
     * Looks for the images, checks the policies, and takes the folder of the outputs.
     *
     * @param request what to do
     * @param host runs the policies; stays open
     * @return the run, of which nothing is done yet
     * @throws IOException a {@link BulkRefused} if it must not begin, a
     *     {@link org.xenimage.image.fault.PolicyFailed} if a policy could not run on any image
     */
    public static BulkRun open(BulkRequest request, PolicyHost host) throws IOException {
        ImageTree tree =
                ImageTree.find(
                        request.inputs(),
                        request.has(BulkRequest.Choice.DRY_RUN)
                                ? Optional.empty()
                                : Optional.of(request.out()),
                        request.files());
        // Whatever fails without an image would fail with each of them; and the engine is warm
        // then.
        if (!request.policies().isEmpty()) {
            try (PolicyRun run =
                    host.run(request.policies(), request.context(), DecisionLog.none())) {
                for (Policy policy : request.policies()) host.check(policy);
                run.summary();
            }
        }
        if (request.has(BulkRequest.Choice.DRY_RUN))
            return new BulkRun(request, host, tree, Optional.empty(), request.context());
        OutFolder out = OutFolder.open(request, options(request));
        RunContext given = request.context();
        return new BulkRun(
                request,
                host,
                tree,
                Optional.of(out),
                new RunContext(
                        given.operation(),
                        given.source(),
                        given.operator(),
                        Instant.parse(out.time()),
                        given.site(),
                        given.parameters(),
                        true));
    }

    /** What the outputs depend on besides the inputs. Values of parameters may be secrets: digests only. */
    private static SequencedMap<String, String> options(BulkRequest request) {
        SequencedMap<String, String> options = new TreeMap<>();
        for (int i = 0; i < request.policies().size(); i++) {
            Policy policy = request.policies().get(i);
            options.put("policy " + (i + 1), policy.title() + " " + policy.digest());
        }
        request.target().ifPresent(target -> options.put("--to", target.id()));
        request.context()
                .parameters()
                .forEach((name, value) -> options.put("--set " + name, digest(value)));
        if (!request.context().site().isEmpty())
            options.put("--site", digest(request.context().site().toString()));
        options.put("--operator", request.context().operator());
        return options;
    }

    private static String digest(String text) {
        MessageDigest digest = Sha256.begin();
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return Sha256.text(digest);
    }

    /** {@return how many files there are to look at} */
    public int images() {
        return tree.items().size();
    }

    /**
     * Does all images.
     *
     * @param watcher receives the progress
     * @return what was done
     * @throws IOException if the watcher fails
     * @throws InterruptedException if this thread is; the run stops then
     */
    public BulkSummary run(BulkWatcher watcher) throws IOException, InterruptedException {
        var pool = new WorkerPool();
        List<Thread> workers = new ArrayList<>();
        int count = Math.min(request.workers(), Math.max(1, images()));
        for (int i = 0; i < count; i++) workers.add(pool.begin("bulk-" + i));
        try {
            for (ImageOutcome aside : tree.aside()) pool.count(aside, watcher);
            while (pool.tell(watcher)) {}
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            stop();
            throw e;
        } finally {
            for (Thread worker : workers) worker.join();
        }
        if (out.isPresent()) out.get().force();
        return pool.summary();
    }

    /** The workers of a run, and what they did. */
    private final class WorkerPool implements ImagePass.Work {
        private final Images images = Images.load();
        private final long start = System.nanoTime();
        private final long all = tree.items().stream().mapToLong(ImageTree.Item::size).sum();
        private final AtomicInteger next = new AtomicInteger();
        private final LongAdder bytes = new LongAdder();
        private final AtomicInteger working = new AtomicInteger();

        /** What became of images; an empty one says that a worker has ended, so that nobody waits for more. */
        private final BlockingQueue<Optional<ImageOutcome>> outcomes =
                new ArrayBlockingQueue<>(WAITING);

        private final AtomicReference<Throwable> bug = new AtomicReference<>();
        private final Map<Status, Integer> counts = new EnumMap<>(Status.class);
        private final Map<Policy, String> idle = new LinkedHashMap<>();
        private final Set<Policy> ran = new HashSet<>();
        private int done;
        private long edits;

        @Override
        public void advance(long more) {
            bytes.add(more);
        }

        @Override
        public boolean stopped() {
            return stopped;
        }

        Thread begin(String name) {
            working.incrementAndGet();
            return Thread.ofPlatform()
                    .daemon()
                    .name(name)
                    .start(() -> {
                        try {
                            work();
                        } finally {
                            working.decrementAndGet();
                            // Where there is no room for it, nobody waits.
                            outcomes.offer(Optional.empty());
                        }
                    });
        }

        /** What one worker does. */
        private void work() {
            var pass = new ImagePass(request, host, images, out, context, this);
            while (!stopped) {
                int number = next.getAndIncrement();
                if (number >= images()) return;
                ImageTree.Item item = tree.items().get(number);
                try {
                    hand(one(pass, item));
                } catch (Stopped e) {
                    return;
                }
            }
        }

        private ImageOutcome one(ImagePass pass, ImageTree.Item item) throws Stopped {
            try {
                return pass.run(item);
            } catch (RuntimeException | Error e) {
                // Found out about one image of many: the others can do without it.
                bug.compareAndSet(null, e);
                return ImageOutcome.aside(
                        item.name(),
                        item.source().toString(),
                        Status.FAILED,
                        "this is a bug in xenimage: " + e);
            }
        }

        /** Gives up when nobody listens any more. */
        private void hand(ImageOutcome outcome) {
            try {
                while (!outcomes.offer(Optional.of(outcome), STEP_MILLIS, TimeUnit.MILLISECONDS))
                    if (stopped) return;
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a worker", e);
            }
        }

        /** Tells what there is to tell; false if there will be no more. */
        boolean tell(BulkWatcher watcher) throws IOException, InterruptedException {
            // Asked first: whoever has ended has handed over all it had.
            boolean more = working.get() > 0;
            Optional<Optional<ImageOutcome>> event =
                    Optional.ofNullable(
                            more
                                    ? outcomes.poll(STEP_MILLIS, TimeUnit.MILLISECONDS)
                                    : outcomes.poll());
            if (event.isPresent() && event.get().isPresent()) count(event.get().get(), watcher);
            watcher.working(done, images(), Math.min(bytes.sum(), all), all);
            return more || event.isPresent();
        }

        void count(ImageOutcome outcome, BulkWatcher watcher) throws IOException {
            counts.merge(outcome.status(), 1, Integer::sum);
            switch (outcome.status()) {
                case DELIVERED, DRY_RUN -> edits += outcome.edits();
                case DELIVERED_EARLIER, SKIPPED, FAILED -> {}
            }
            for (RunSummary summary : outcome.policies().stream().toList()) note(summary);
            done++;
            watcher.done(outcome);
        }

        /** Notes which policies ran; what became of an image that failed is not known. */
        private void note(RunSummary summary) {
            for (RunSummary.PolicySummary one : summary.policies()) {
                switch (one.outcome()) {
                    case RAN, SKIPPED, FAILED -> ran.add(one.policy());
                    case WAITING, OTHER_OPERATION, NOT_MATCHED ->
                            idle.putIfAbsent(one.policy(), one.reason());
                }
            }
        }

        BulkSummary summary() {
            idle.keySet().removeAll(ran);
            return new BulkSummary(
                    counts,
                    edits,
                    idle.entrySet().stream()
                            .map(one ->
                                    new BulkSummary.NeverRan(one.getKey().name(), one.getValue()))
                            .toList(),
                    bytes.sum(),
                    Duration.ofNanos(System.nanoTime() - start),
                    stopped,
                    Optional.ofNullable(bug.get()));
        }
    }

    /** Makes {@link #run} end soon: images at hand are dropped and leave nothing. From any thread. */
    public void stop() {
        stopped = true;
    }

    /**
     * Waits until the run is closed. From any thread.
     *
     * @param most how long
     * @return whether it is closed
     * @throws InterruptedException if the thread is
     */
    public boolean awaitClose(Duration most) throws InterruptedException {
        return closed.await(most.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Gives back the folder of the outputs. */
    @Override
    public void close() throws IOException {
        try {
            if (out.isPresent()) out.get().close();
        } finally {
            closed.countDown();
        }
    }
}
