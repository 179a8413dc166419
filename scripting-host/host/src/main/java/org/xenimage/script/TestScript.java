package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.engine.HostFailure;
import org.xenimage.script.engine.PrintedLines;
import org.xenimage.script.engine.Script;
import org.xenimage.script.engine.ScriptFailure;
import org.xenimage.script.engine.ScriptSetting;
import org.xenimage.script.policy.Assignment;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.OnError;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyMatch;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.policy.TestedRun;
import org.xenimage.script.view.TestHandle;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A module of tests: its functions, called one by one with {@code t}.
 *
 * <p>It runs in a context of its own, as confined as a policy's: it has {@code t}, and what it prints. What
 * {@code t.run} runs has contexts of its own, one for each run of a policy. For one thread; close it after the last
 * test.
 */
public final class TestScript implements AutoCloseable {
    /** A test waits for the runs that it asks for. */
    private static final Limits LIMITS = new Limits(Duration.ofMinutes(2), 4L << 30, 0);

    private final Policy identity;
    private final Script script;
    private final PrintedLines printed;
    private final List<String> tests;
    private Consumer<String> output = _ -> {};

    private TestScript(PolicyHost host, Policy identity) throws ImageException {
        this.identity = identity;
        this.printed = new PrintedLines(line -> output.accept(line));
        this.script =
                host.script(identity, new ScriptSetting(LIMITS, Instant.EPOCH, printed, printed));
        try {
            tests = script.loadFunctions(TestScript::isTest);
        } catch (ScriptFailure e) {
            script.close();
            throw failed("", e);
        }
    }

    /**
     * Loads a module: runs it, and calls nothing of it.
     *
     * @param host whose engines run it; must not be closed before this is
     * @param file of the module
     * @return the tests
     * @throws IOException a {@link PolicyFailed} if it does not exist or cannot be run
     */
    public static TestScript load(PolicyHost host, String file) throws IOException {
        return new TestScript(host, host.module(file));
    }

    /** A module without a header, which runs under the limits of tests. */
    static Policy module(
            String file, String name, Language language, String source, String digest) {
        return new Policy(
                name,
                "",
                "",
                Set.of(),
                PolicyMatch.ALL,
                OnError.ABORT,
                List.of(),
                LIMITS,
                Map.of(),
                language,
                file,
                source,
                digest,
                List.of(),
                Assignment.NONE);
    }

    private static boolean isTest(String name) {
        return name.length() > "test".length()
                && name.startsWith("test")
                && (name.charAt(4) == '_'
                        || Character.isUpperCase(name.charAt(4))
                        || Character.isDigit(name.charAt(4)));
    }

    /** {@return the names of the tests, in the order of the source} */
    public List<String> tests() {
        return tests;
    }

    /**
     * How a test failed.
     *
     * @param place the file, with line and column where they are known
     * @param problem in words
     * @param expected by the test, if it compared something
     * @param found by it, if it looked at something
     * @param frame lines of the test around the place; empty if it is not known
     */
    public record FailedTest(
            String place,
            String problem,
            Optional<JsonNode> expected,
            Optional<JsonNode> found,
            String frame) {}

    /**
     * Calls a test.
     *
     * @param test its name
     * @param policy that is tested, which the test sees as {@code t.policy}
     * @param runs what {@code t.run} asks for
     * @param lines takes what the test prints and logs
     * @return how it failed; nothing if it did not
     * @throws IOException if an image cannot be read or written
     */
    public Optional<FailedTest> run(
            String test, String policy, TestedRun.Runner runs, Consumer<String> lines)
            throws IOException {
        output = lines;
        TestHandle t = new TestHandle(script.values(), policy, runs, lines);
        try {
            script.call(() -> {
                script.invoke(test, t.value());
                return true;
            });
            return t.failed().map(failed -> failure(failed, identity.file(), ""));
        } catch (ScriptFailure e) {
            String frame = PolicyFaults.frame(identity, e);
            return Optional.of(
                    t.failed()
                            .map(failed -> failure(failed, place(e), frame))
                            .orElseGet(() ->
                                    new FailedTest(
                                            place(e),
                                            e.problem(),
                                            Optional.empty(),
                                            Optional.empty(),
                                            frame)));
        } catch (HostFailure e) {
            if (e.failure() instanceof IOException io) throw io;
            throw e;
        } finally {
            t.end();
            printed.finish();
            output = _ -> {};
        }
    }

    private static FailedTest failure(TestHandle.Failed failed, String place, String frame) {
        return new FailedTest(place, failed.problem(), failed.expected(), failed.found(), frame);
    }

    private String place(ScriptFailure failure) {
        String place = PolicyFaults.file(identity, failure);
        if (failure.line() > 0) place += ":" + failure.line();
        return failure.line() > 0 && failure.column() > 0 ? place + ":" + failure.column() : place;
    }

    private ImageException failed(String hook, ScriptFailure failure) {
        return PolicyFaults.of(
                identity, new PolicyFaults.Place(hook, "", Fault.NO_OFFSET), failure, Secrets.TOLD);
    }

    /** {@return whether the module was stopped, so that no test of it can be called any more} */
    public boolean stopped() {
        return script.stopped() || script.stuck();
    }

    @Override
    public void close() {
        script.close();
    }
}
