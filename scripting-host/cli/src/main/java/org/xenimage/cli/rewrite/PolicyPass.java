package org.xenimage.cli.rewrite;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.TextFile;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.seal.Statement;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRewrite;
import org.xenimage.script.PolicySkipped;
import org.xenimage.script.RunObservation;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The policies of one command over one image: loaded before anything is touched, run, logged, reported.
 *
 * <p>{@link #settling} comes between the policies and the delivery of what they made: what could
 * not be logged or reported is not delivered. For one thread at a time.
 */
public final class PolicyPass implements Closeable {
    private final ReportOptions reporting;
    private final PolicyRewrite rewrite;
    private final Optional<Running> running;
    private final RunObservation observation;
    private boolean settled;

    /** What is open when there are policies. */
    private record Running(PolicyHost host, Optional<TextFile> log, Optional<TraceOutput> trace) {}

    private PolicyPass(
            ReportOptions reporting,
            PolicyRewrite rewrite,
            Optional<Running> running,
            RunObservation observation) {
        this.reporting = reporting;
        this.observation = observation;
        this.rewrite = rewrite;
        this.running = running;
    }

    /**
     * Loads the policies for an image that can be read only once, as it comes from a toolstack.
     *
     * @param policies which, and with what parameters
     * @param reporting where the decision log goes
     * @param operation that runs
     * @param source the name of the image, for messages
     * @return the pass
     * @throws IOException if a policy cannot be loaded, or the log not be written
     * @throws CommandFailed if the site file or the policy folder is not in order
     */
    public static PolicyPass open(
            PolicyOptions policies, ReportOptions reporting, Operation operation, String source)
            throws IOException, CommandFailed {
        return open(policies, reporting, operation, source, false, false, "", _ -> {});
    }

    /**
     * Loads the policies.
     *
     * @param policies which, and with what parameters
     * @param reporting where the decision log goes
     * @param operation that runs
     * @param source the name of the image, for messages
     * @param restartable whether the image can be read again
     * @param dryRun whether nothing is written, and the report shows what would change
     * @param onHost the host that a statement of provenance names; empty for none
     * @param skipped receives a policy without which the run starts again
     * @return the pass
     * @throws IOException if a policy cannot be loaded, or the log not be written
     * @throws CommandFailed if the site file or the policy folder is not in order
     */
    public static PolicyPass open(
            PolicyOptions policies,
            ReportOptions reporting,
            Operation operation,
            String source,
            boolean restartable,
            boolean dryRun,
            String onHost,
            Consumer<PolicySkipped> skipped)
            throws IOException, CommandFailed {
        reporting.require();
        Statement.Draft author = policies.draft(operation.policyName(), onHost);
        if (policies.isEmpty(operation) && !reporting.shadowed())
            return new PolicyPass(
                    reporting,
                    PolicyRewrite.none().authoredBy(author),
                    Optional.empty(),
                    RunObservation.NONE);
        PolicyHost host = PolicyHost.open(policies.hostOptions().withEffects(!dryRun));
        Optional<TextFile> log = Optional.empty();
        Optional<TraceOutput> trace = Optional.empty();
        try {
            trace = reporting.openTrace();
            if (trace.isPresent()) policies.traced(trace.get());
            var loaded = policies.load(host, operation);
            if (reporting.shadowed() && policies.requiresSigned())
                throw new CommandFailed("--shadow: its policies are not signed");
            RunContext context = policies.context(operation, source, restartable);
            log = reporting.openLog();
            DecisionLog decisions =
                    log.isPresent() ? DecisionLog.to(log.get().writer()) : DecisionLog.none();
            RunObservation observation = reporting.observation(host, dryRun);
            if (trace.isPresent()) observation = observation.withTrace(trace.get());
            PolicyRewrite rewrite =
                    PolicyRewrite.of(host, loaded, context, decisions, observation)
                            .authoredBy(author)
                            .onSkip(skipped);
            return new PolicyPass(
                    reporting, rewrite, Optional.of(new Running(host, log, trace)), observation);
        } catch (IOException | CommandFailed | RuntimeException | Error e) {
            if (trace.isPresent()) trace.get().close();
            if (log.isPresent()) log.get().close();
            host.close();
            throw e;
        }
    }

    /** {@return whether there are no policies, so that the image need not be looked at} */
    public boolean isEmpty() {
        return running.isEmpty();
    }

    /**
     * Lets page rules search the image first, as {@link PolicyRewrite#searching}.
     *
     * @param image opens it
     */
    public void searching(PolicyRewrite.Source image) {
        rewrite.searching(image);
    }

    /**
     * Rewrites the image.
     *
     * @param image opens it
     * @param delivery writes it
     * @throws IOException as {@link PolicyRewrite#run}
     */
    public void run(PolicyRewrite.Source image, PolicyRewrite.Delivery delivery)
            throws IOException {
        rewrite.run(image, delivery);
    }

    /**
     * Rewrites the image, and leaves it to the caller to {@linkplain #fail notify} the policies if
     * that fails, when the guest is safe.
     *
     * @param image opens it
     * @param delivery writes it
     * @throws IOException as {@link PolicyRewrite#attempt}
     */
    public void attempt(PolicyRewrite.Source image, PolicyRewrite.Delivery delivery)
            throws IOException {
        rewrite.attempt(image, delivery);
    }

    /**
     * Notifies the policies of what {@link #attempt} threw, or of what failed after it: what takes
     * the image, or its place. Only the first failure counts.
     *
     * @param failure what failed
     */
    public void fail(Throwable failure) {
        rewrite.fail(failure);
    }

    /**
     * A transform after the policies that {@linkplain #settle settles} before the image ends: into
     * a pipe, the end of the image is its delivery.
     *
     * @param to takes the report
     * @return changes nothing
     */
    public ImageTransform settling(PrintWriter to) {
        if (running.isEmpty()) return ImageTransform.IDENTITY;
        return new ImageTransform() {
            @Override
            public void accept(ImageElement element, ImageSink down) throws IOException {
                down.accept(element);
            }

            @Override
            public void atEnd(ImageSink down) throws IOException {
                settle(to);
            }
        };
    }

    /**
     * Ends the log, and says what the policies did, unless the user wants to hear nothing.
     *
     * @param to takes it
     * @throws IOException if either cannot be written
     */
    private void settle(PrintWriter to) throws IOException {
        if (running.isEmpty()) return;
        settled = true;
        if (running.get().log().isPresent()) running.get().log().get().finish();
        reporting.print(rewrite.summary(), observation, to);
        to.flush();
        if (to instanceof TextOutput text && text.failure().isPresent()) {
            IOException lost = text.failure().get();
            throw new IOException("standard output: " + lost.getMessage(), lost);
        }
    }

    @Override
    public void close() throws IOException {
        rewrite.close();
        if (running.isEmpty()) return;
        if (!settled) reporting.unfinished(observation);
        try {
            if (running.get().trace().isPresent()) running.get().trace().get().close();
            if (running.get().log().isPresent()) running.get().log().get().close();
        } finally {
            running.get().host().close();
        }
    }
}
