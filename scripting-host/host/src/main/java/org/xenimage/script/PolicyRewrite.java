package org.xenimage.script;

import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One rewrite of one image by policies.
 *
 * <p>{@link #run} opens the image, puts the policies after a guard, and passes the {@link Rewrite}
 * to code that knows the destination. If a policy with {@code onError: 'skip'} fails after edits of
 * it were passed on, and the image can be read again, it begins again without that policy. A native
 * image with a provenance chain gets a statement that names the policies that ran. On any failure,
 * every policy that began is notified.
 *
 * <p>Parameters are checked, and script engines start, when it is made: before anything is touched.
 * For one thread; close it when the rewrite has ended.
 */
public final class PolicyRewrite implements AutoCloseable {
    private final Statement.Draft author;
    private final Consumer<PolicySkipped> skipped;
    private Optional<PolicyRun> current;
    private Optional<Source> searched = Optional.empty();

    /** Opens the image at its beginning, again each time. */
    @FunctionalInterface
    public interface Source {
        /**
         * Opens the image.
         *
         * @return the reader, which is closed when its rewrite has ended
         * @throws IOException if it cannot be opened
         */
        ImageReader open() throws IOException;
    }

    /** Ends a rewrite: says where it goes. */
    @FunctionalInterface
    public interface Delivery {
        /**
         * Writes the image. When this returns, the rewrite is done.
         *
         * @param rewrite through the policies, if there are any
         * @throws IOException if the image is at fault or refused, or cannot be written; the writer
         *     discards what was written so far, because a {@link PolicySkipped} leads to another
         *     call
         */
        void write(Rewrite rewrite) throws IOException;
    }

    private PolicyRewrite(
            Optional<PolicyRun> first, Statement.Draft author, Consumer<PolicySkipped> skipped) {
        this.current = first;
        this.author = author;
        this.skipped = skipped;
    }

    /** {@return a rewrite without policies: the image stays the same} */
    public static PolicyRewrite none() {
        return new PolicyRewrite(
                Optional.empty(), new Statement.Draft("rewrite", List.of(), "", "", ""), _ -> {});
    }

    /**
     * A rewrite by policies.
     *
     * @param host runs them; must not be closed before this is
     * @param policies in order
     * @param context what they know about the run; {@link RunContext#restartable} only if the
     *     source opens the image again and again
     * @param log takes what they decide
     * @return the rewrite
     * @throws ImageException as {@link PolicyHost#run}
     */
    public static PolicyRewrite of(
            PolicyHost host, List<Policy> policies, RunContext context, DecisionLog log)
            throws ImageException {
        return of(host, policies, context, log, RunObservation.NONE);
    }

    /**
     * A rewrite by policies that is looked on.
     *
     * @param host runs them; must not be closed before this is
     * @param policies in order
     * @param context what they know about the run
     * @param log takes what they decide
     * @param observation who looks on
     * @return the rewrite
     * @throws ImageException as {@link PolicyHost#run}
     */
    public static PolicyRewrite of(
            PolicyHost host,
            List<Policy> policies,
            RunContext context,
            DecisionLog log,
            RunObservation observation)
            throws ImageException {
        if (policies.isEmpty() && observation.shadow().isEmpty()) return none();
        return new PolicyRewrite(
                Optional.of(host.run(policies, context, log, observation)), none().author, _ -> {});
    }

    /**
     * With words for the statement of provenance.
     *
     * @param words what to say in addition to the policies, which are filled in
     * @return the rewrite with them, in place of this one
     */
    public PolicyRewrite authoredBy(Statement.Draft words) {
        return like(new PolicyRewrite(current, words, skipped));
    }

    /**
     * With a listener for restarts of the run.
     *
     * @param listener receives the policy that is skipped
     * @return the rewrite with it, in place of this one
     */
    public PolicyRewrite onSkip(Consumer<PolicySkipped> listener) {
        return like(new PolicyRewrite(current, author, listener));
    }

    private PolicyRewrite like(PolicyRewrite made) {
        made.searched = searched;
        return made;
    }

    /**
     * Lets page rules search the image before it is rewritten, though the run cannot begin again: where the output is a
     * pipe and the input a file. A run that is {@link RunContext#restartable} needs no such leave.
     *
     * @param opening opens the image at its beginning, once more than the rewrite does
     */
    public void searching(Source opening) {
        searched = Optional.of(opening);
    }

    /**
     * Rewrites the image, and notifies the policies if that fails.
     *
     * @param source opens it
     * @param delivery writes it
     * @throws IOException if the image is at fault, a policy refused it or failed, or it cannot be written
     */
    public void run(Source source, Delivery delivery) throws IOException {
        try {
            attempt(source, delivery);
        } catch (IOException | RuntimeException | Error failure) {
            fail(failure);
            throw failure;
        }
    }

    /**
     * Rewrites the image, and leaves it to the caller to {@linkplain #fail notify} the policies if
     * that fails: where there is a guest that must go on first, whatever they do.
     *
     * @param source opens it
     * @param delivery writes it
     * @throws IOException as {@link #run}
     */
    public void attempt(Source source, Delivery delivery) throws IOException {
        while (true) {
            try {
                once(source, delivery);
                return;
            } catch (PolicySkipped skip) {
                again(skip);
            }
        }
    }

    private void again(PolicySkipped skip) {
        skipped.accept(skip);
        PolicyRun failed = current.orElseThrow();
        Throwable cause = skip.getCause();
        current = Optional.of(failed.without(List.of(skip.policy()), cause == null ? skip : cause));
        failed.close();
    }

    private void once(Source source, Delivery delivery) throws IOException {
        try (ImageReader reader = source.open()) {
            if (current.isPresent()) {
                Optional<Source> again =
                        current.get().restartable() ? Optional.of(source) : searched;
                again.ifPresent(current.get()::searching);
            }
            Rewrite rewrite =
                    Rewrite.of(reader)
                            .through(transform())
                            .with(options -> options.withStatement(this::statement));
            delivery.write(
                    current.isPresent() ? rewrite.editing(current.get().sections()) : rewrite);
        }
    }

    /** What the statement says: asked when the image ends, and the policies that match it are known. */
    private Statement.Draft statement() {
        List<Statement.AppliedPolicy> ran =
                summary().policies().stream()
                        .filter(one -> one.outcome() == RunSummary.Outcome.RAN)
                        .map(one ->
                                new Statement.AppliedPolicy(
                                        one.policy().name(),
                                        one.policy().version(),
                                        one.policy().digest()))
                        .toList();
        return new Statement.Draft(
                author.operation(), ran, author.time(), author.host(), author.operator());
    }

    /** The policies, valid for one image, once. */
    private ImageTransform transform() {
        return current.isPresent() ? current.get().transform() : ImageTransform.IDENTITY;
    }

    /**
     * Notifies every policy that began, once, that the run failed, as {@link PolicyRun#fail}. What
     * {@link #run} throws is told by it; this is for what {@link #attempt} throws, and for what fails
     * after either returned, such as the target that the image went to.
     *
     * @param failure what failed
     */
    public void fail(Throwable failure) {
        if (current.isPresent()) current.get().fail(failure);
    }

    /** {@return what the policies did so far} */
    public RunSummary summary() {
        return current.isPresent() ? current.get().summary() : new RunSummary(List.of());
    }

    /** Gives back what the policies' contexts hold. */
    @Override
    public void close() {
        if (current.isPresent()) current.get().close();
    }
}
