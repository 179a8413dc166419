package org.xenimage.cli.rewrite;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.verify.Guard;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRun;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/**
 * The policies of one command over one image that can be read only once, as it comes from a toolstack: loaded before
 * anything is touched, run, logged, reported.
 *
 * <p>For one thread at a time.
 */
public final class PolicyPass implements Closeable {
    private final ReportOptions reporting;
    private final Guard guard;
    private final Optional<Running> running;

    /** What is open when there are policies. */
    private record Running(PolicyHost host, PolicyRun run, BufferedWriter log) {}

    private PolicyPass(ReportOptions reporting, String source, Optional<Running> running) {
        this.reporting = reporting;
        this.guard = Guard.ofImage(source);
        this.running = running;
    }

    /**
     * Loads the policies.
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
        if (policies.references(operation).isEmpty())
            return new PolicyPass(reporting, source, Optional.empty());
        RunContext context = policies.context(operation, source, false);
        PolicyHost host = PolicyHost.open(policies.hostOptions());
        try {
            List<Policy> loaded = policies.load(host, operation);
            BufferedWriter log = reporting.openLog();
            PolicyRun run = host.run(loaded, context, DecisionLog.to(log));
            return new PolicyPass(reporting, source, Optional.of(new Running(host, run, log)));
        } catch (IOException | RuntimeException | Error e) {
            host.close();
            throw e;
        }
    }

    /** {@return the policies behind a guard of the image} */
    public ImageTransform transform() {
        return running.isPresent() ? guard.andThen(running.get().run().transform()) : guard;
    }

    /**
     * Tells the policies that the run failed.
     *
     * @param failure what failed
     */
    public void failed(Throwable failure) {
        if (running.isPresent()) running.get().run().fail(failure);
    }

    /**
     * Says what the policies did, unless the user wants to hear nothing.
     *
     * @param to takes it
     */
    public void report(PrintWriter to) {
        if (running.isPresent()) reporting.print(running.get().run().summary(), to);
    }

    @Override
    public void close() throws IOException {
        if (running.isEmpty()) return;
        Running open = running.get();
        try (BufferedWriter log = open.log()) {
            log.flush();
        } finally {
            open.run().close();
            open.host().close();
        }
    }
}
