package org.xenimage.script;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.Images;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Policies in a program of your own: load them once, apply them to any number of images.
 *
 * <pre>{@code
 * try (Policies policies = Policies.load("scrub-pattern", "site/rename.py")) {
 *     RunSummary done = policies
 *             .set("text", "SECRET-API-TOKEN=").set("length", "49").set("to", "web2")
 *             .apply(Path.of("web1.save"), Path.of("web2.save"));
 *     System.out.println(done.edits() + " edits");
 * }
 * }</pre>
 *
 * <p>A policy that refuses is an {@link org.xenimage.image.fault.PolicyRejected}, one that fails a
 * {@link org.xenimage.image.fault.PolicyFailed}; the output does not exist then. The {@code set}
 * and {@code on} methods change this object and return it; set everything before the first image.
 * After that {@link #apply} is safe for use by several threads, an image each. Close it after
 * the last image, to release the script engines.
 */
public final class Policies implements AutoCloseable {
    private final PolicyHost host;
    private final List<Policy> policies;
    private final Map<String, String> parameters = new HashMap<>();
    private Operation operation = Operation.REWRITE;
    private String operator = System.getProperty("user.name", "");
    private Optional<ObjectNode> site = Optional.empty();
    private Optional<Instant> now = Optional.empty();
    private ReadOptions reading = ReadOptions.DEFAULT;
    private Consumer<String> decisions = _ -> {};
    private Rewrite.Watcher watcher = _ -> {};

    private Policies(PolicyHost host, List<Policy> policies) {
        this.host = host;
        this.policies = policies;
    }

    /**
     * Loads policies under the usual limits.
     *
     * @param references files, or names of the standard library, as {@link PolicyHost#load} takes
     *     them; they run in this order
     * @return the policies
     * @throws IOException a {@link org.xenimage.image.fault.PolicyFailed} if one does not exist or its header is wrong
     */
    public static Policies load(String... references) throws IOException {
        return load(HostOptions.defaults(), references);
    }

    /**
     * Loads policies.
     *
     * @param options limits, and who hears what policies print
     * @param references as for {@link #load(String...)}
     * @return the policies
     * @throws IOException a {@link org.xenimage.image.fault.PolicyFailed} if one does not exist or its header is wrong
     */
    public static Policies load(HostOptions options, String... references) throws IOException {
        PolicyHost host = PolicyHost.open(options);
        try {
            List<Policy> loaded = new ArrayList<>();
            for (String reference : references) loaded.add(host.load(reference));
            return new Policies(host, List.copyOf(loaded));
        } catch (IOException | RuntimeException e) {
            host.close();
            throw e;
        }
    }

    /** {@return the policies, in the order in which they run} */
    public List<Policy> policies() {
        return policies;
    }

    /**
     * Sets a parameter.
     *
     * @param name {@code NAME}, for each policy that declares it, or {@code POLICY.NAME}
     * @param value as text; the policy's header says of which type it is
     * @return this
     */
    public Policies set(String name, String value) {
        parameters.put(name, value);
        return this;
    }

    /**
     * Sets what the policies see as {@code ctx.site}.
     *
     * @param tree read-only for policies; copied
     * @return this
     */
    public Policies site(ObjectNode tree) {
        site = Optional.of(tree.deepCopy());
        return this;
    }

    /**
     * Sets what is being done, {@link Operation#REWRITE} if nothing else is said.
     *
     * @param done decides which policies run
     * @return this
     */
    public Policies as(Operation done) {
        operation = done;
        return this;
    }

    /**
     * Sets on whose behalf the policies run, the user of this process if nothing else is said.
     *
     * @param name as {@code ctx.operator} has it
     * @return this
     */
    public Policies operator(String name) {
        operator = name;
        return this;
    }

    /**
     * Sets the time that policies see, that of each run if nothing else is said.
     *
     * @param time of the run
     * @return this
     */
    public Policies at(Instant time) {
        now = Optional.of(time);
        return this;
    }

    /**
     * Sets how images are read.
     *
     * @param options such as keys of encrypted images
     * @return this
     */
    public Policies reading(ReadOptions options) {
        reading = options;
        return this;
    }

    /**
     * Sets who hears of every decision: edits, messages, vetoes.
     *
     * @param listener takes the lines of the {@link DecisionLog}, each a JSON object; on the thread of the run
     * @return this
     */
    public Policies onDecision(Consumer<String> listener) {
        decisions = listener;
        return this;
    }

    /**
     * Sets who looks on while an image is rewritten.
     *
     * @param listener is asked between elements, on the thread of the run; stops it by throwing
     * @return this
     */
    public Policies onProgress(Rewrite.Watcher listener) {
        watcher = listener;
        return this;
    }

    private RunContext context(String source) {
        RunContext context =
                RunContext.of(operation, source, operator, now.orElseGet(Instant::now))
                        .withParameters(parameters);
        return site.isPresent() ? context.withSite(site.get()) : context;
    }

    /**
     * Rewrites an image. The output appears complete or not at all, in the format of the image.
     *
     * @param in the image, in any format that is read; never written
     * @param out the new image, which must not exist
     * @return what the policies did
     * @throws IOException if the image is at fault, a policy refused or failed, or a file cannot be read or written
     */
    public RunSummary apply(Path in, Path out) throws IOException {
        Images images = Images.load();
        try (PolicyRewrite rewrite =
                PolicyRewrite.of(
                        host,
                        policies,
                        context(in.toString()).withRestartable(true),
                        DecisionLog.to(decisions))) {
            rewrite.run(() -> images.open(in, reading), each -> each.watchedBy(watcher).to(out));
            return rewrite.summary();
        }
    }

    /**
     * Prepares a run over one image that is read and written by other means, such as a stream.
     *
     * @param source the image's name, for messages
     * @return the run; its {@link PolicyRun#transform} stands between reader and writer. Close it
     * @throws ImageException a {@link org.xenimage.image.fault.PolicyFailed} if a parameter is
     *     missing, unknown or of the wrong type
     */
    public PolicyRun run(String source) throws ImageException {
        return host.run(policies, context(source), DecisionLog.to(decisions));
    }

    @Override
    public void close() {
        host.close();
    }
}
