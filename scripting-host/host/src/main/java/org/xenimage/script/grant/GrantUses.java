package org.xenimage.script.grant;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.seal.Sha256;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.GrantKind;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The grants of one policy in one run, and their uses. On the thread of the script.
 *
 * <p>In a dry run, uses with effects elsewhere are only logged: no lines are appended, no commands are run, and only
 * GET and HEAD requests are sent.
 */
public final class GrantUses {
    /** The most uses of all grants in a run: each adds a line to the log. */
    private static final int USES_MAX = 10_000;

    private static final int LINE_MAX = 64 << 10;

    private final Policy policy;
    private final RunContext run;
    private final boolean effects;
    private final Consumer<ObjectNode> log;
    private int uses;

    /**
     * The grants of a policy.
     *
     * @param policy whose header wants them
     * @param run the run, for log entries
     * @param effects whether uses may have an effect: not in a dry run
     * @param log receives an entry for each use
     */
    public GrantUses(Policy policy, RunContext run, boolean effects, Consumer<ObjectNode> log) {
        this.policy = policy;
        this.run = run;
        this.effects = effects;
        this.log = log;
    }

    /** The result of a request or a command. {@code done} is false if a dry run skipped it. */
    public record Outcome(boolean done, int status, String text) {}

    /**
     * Refuses a policy that lacks a grant.
     *
     * @param policy to run
     * @throws PolicyFailed if a grant is missing; the message shows what to add to the set
     */
    public static void require(Policy policy) throws PolicyFailed {
        Optional<String> lacking = lacking(policy);
        if (lacking.isPresent())
            throw new PolicyFailed(
                    Fault.in(policy.file())
                            .element("policy " + policy.name())
                            .problem(lacking.get()));
    }

    /**
     * Finds a grant that a policy wants but does not get.
     *
     * @param policy with the grants that a set gives it
     * @return the problem, and what to add to the set; empty if there is none
     */
    public static Optional<String> lacking(Policy policy) {
        for (var want : policy.wants().entrySet()) {
            String name = want.getKey();
            GrantKind kind = want.getValue();
            Grant given = policy.given().grants().get(name);
            if (given == null)
                return Optional.of(
                        "wants the grant %s (%s), which no policy set gives it; add to its entry in policies.yaml:"
                                        .formatted(name, kind.headerName())
                                + " grants: [%s], and at the top level: grants: {%s: {%s: %s}}"
                                        .formatted(name, name, kind.headerName(), example(kind)));
            if (given.kind() != kind)
                return Optional.of(
                        "wants the grant %s to be %s, but the set gives it %s: %s"
                                .formatted(
                                        name,
                                        kind.headerName(),
                                        given.kind().headerName(),
                                        given.target()));
        }
        return Optional.empty();
    }

    private static String example(GrantKind kind) {
        return switch (kind) {
            case READ -> "/etc/xen/FILE";
            case FOLDER -> "/etc/xen/FOLDER";
            case APPEND -> "/var/log/FILE";
            case HTTP -> "'https://HOST/PATH/'";
            case RUN -> "[/usr/bin/PROGRAM]";
            case ENVIRONMENT -> "VARIABLE";
        };
    }

    /**
     * Looks a grant up.
     *
     * @param name by which the policy wants it
     * @return the grant
     */
    public Grant find(String name) {
        Grant grant = policy.wants().containsKey(name) ? policy.given().grants().get(name) : null;
        if (grant != null) return grant;
        List<String> known = policy.wants().keySet().stream().sorted().toList();
        throw new ScriptRefusal(
                known.isEmpty()
                        ? "the policy has no grant %s: its header has no wants".formatted(name)
                        : "the policy has no grant " + name + Nearest.suggestion(name, known));
    }

    /** Performs a use, and adds its result to the log entry. */
    private interface Work<T> {
        T run(ObjectNode entry) throws InterruptedException;
    }

    private <T> T use(String name, Grant grant, String what, Work<T> work)
            throws InterruptedException {
        if (++uses > USES_MAX)
            throw new ScriptRefusal(
                    "uses grants more than %d times in one run".formatted(USES_MAX));
        ObjectNode entry =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("grant", name)
                        .put("use", what)
                        .put("target", grant.target());
        try {
            T result = work.run(entry);
            log.accept(entry);
            return result;
        } catch (ScriptRefusal e) {
            log.accept(entry.put("failed", String.valueOf(e.getMessage())));
            throw e;
        } catch (InterruptedException e) {
            log.accept(entry.put("failed", "stopped"));
            throw e;
        }
    }

    private static void noted(ObjectNode entry, byte[] bytes) {
        entry.put("bytes", bytes.length).put("sha256", Sha256.text(bytes));
    }

    private static ScriptRefusal misused(String name, Grant grant, String what, String kinds) {
        return new ScriptRefusal(
                "grant %s is of kind %s, and %s is for %s"
                        .formatted(name, grant.kind().headerName(), what, kinds));
    }

    private static String text(String from, byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new ScriptRefusal(from + ": is not UTF-8", e);
        }
    }

    /**
     * Reads a file.
     *
     * @param name of the grant
     * @param grant a file or a folder
     * @param file the name of a file in a folder; empty for a file
     * @return its text
     * @throws InterruptedException if the call is stopped
     */
    public String read(String name, Grant grant, String file) throws InterruptedException {
        return use(
                name,
                grant,
                "read",
                entry -> {
                    byte[] bytes =
                            switch (grant) {
                                case Grant.ReadFile one -> {
                                    if (!file.isEmpty())
                                        throw new ScriptRefusal(
                                                "grant %s is one file: read takes no name"
                                                        .formatted(name));
                                    yield GrantedFiles.read(one.file(), one.bytes());
                                }
                                case Grant.ReadFolder one -> {
                                    entry.put("file", file);
                                    yield GrantedFiles.read(one.folder(), file, one.bytes());
                                }
                                case Grant.AppendLog _,
                                        Grant.HttpHost _,
                                        Grant.RunCommand _,
                                        Grant.EnvironmentValue _ ->
                                        throw misused(name, grant, "read", "read and folder");
                            };
                    noted(entry, bytes);
                    return text(grant.target(), bytes);
                });
    }

    /**
     * Lists a folder.
     *
     * @param name of the grant
     * @param grant a folder
     * @return the names of its files, sorted
     * @throws InterruptedException if the call is stopped
     */
    public List<String> list(String name, Grant grant) throws InterruptedException {
        return use(
                name,
                grant,
                "list",
                entry -> {
                    if (!(grant instanceof Grant.ReadFolder folder))
                        throw misused(name, grant, "list", "folder");
                    List<String> names = GrantedFiles.names(folder.folder());
                    entry.put("files", names.size());
                    return names;
                });
    }

    /**
     * Appends a line to a log.
     *
     * @param name of the grant
     * @param grant a log
     * @param message of the line, to which the policy's name is added
     * @throws InterruptedException if the call is stopped
     */
    public void append(String name, Grant grant, String message) throws InterruptedException {
        boolean _ =
                use(
                        name,
                        grant,
                        "append",
                        entry -> {
                            if (!(grant instanceof Grant.AppendLog to))
                                throw misused(name, grant, "append", "append");
                            // JSON, so that no message can look like several lines or like another
                            // policy's.
                            ObjectNode line =
                                    JsonNodeFactory.instance
                                            .objectNode()
                                            .put("time", run.now().toString())
                                            .put("policy", policy.name())
                                            .put("operation", run.operation().policyName())
                                            .put("source", run.source())
                                            .put("message", message);
                            byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
                            if (bytes.length > LINE_MAX)
                                throw new ScriptRefusal(
                                        "message: expected a line of at most %d bytes"
                                                .formatted(LINE_MAX));
                            entry.put("bytes", bytes.length);
                            if (effects) GrantedFiles.append(to.file(), to.bytes(), bytes);
                            else entry.put("dryRun", true);
                            return true;
                        });
    }

    /**
     * Sends a request.
     *
     * @param name of the grant
     * @param grant a host
     * @param path below the address of the grant
     * @param method of the request
     * @param body of the request
     * @return the answer
     * @throws InterruptedException if the call is stopped
     */
    public Outcome request(String name, Grant grant, String path, String method, String body)
            throws InterruptedException {
        return use(
                name,
                grant,
                "request",
                entry -> {
                    if (!(grant instanceof Grant.HttpHost host))
                        throw misused(name, grant, "request", "http");
                    if (!host.methods().contains(method))
                        throw new ScriptRefusal(
                                "grant %s allows %s, not %s"
                                        .formatted(
                                                name,
                                                String.join(
                                                        ", ",
                                                        host.methods().stream().sorted().toList()),
                                                method));
                    URI address = GrantedHost.address(host, path);
                    entry.put("method", method).put("address", address.toString());
                    if (!effects && !method.equals("GET") && !method.equals("HEAD")) {
                        entry.put("dryRun", true);
                        return new Outcome(false, 0, "");
                    }
                    GrantedHost.Answer answer = GrantedHost.request(host, address, method, body);
                    entry.put("status", answer.status());
                    noted(entry, answer.body());
                    return new Outcome(true, answer.status(), text(grant.target(), answer.body()));
                });
    }

    /**
     * Runs a command.
     *
     * @param name of the grant
     * @param grant a command
     * @param input for its standard input
     * @return how it ended and what it printed
     * @throws InterruptedException if the call is stopped
     */
    public Outcome run(String name, Grant grant, String input) throws InterruptedException {
        return use(
                name,
                grant,
                "run",
                entry -> {
                    if (!(grant instanceof Grant.RunCommand command))
                        throw misused(name, grant, "run", "run");
                    if (!effects) {
                        entry.put("dryRun", true);
                        return new Outcome(false, 0, "");
                    }
                    GrantedCommand.Result result = GrantedCommand.run(command, input);
                    entry.put("status", result.status());
                    noted(entry, result.output());
                    return new Outcome(
                            true, result.status(), text(grant.target(), result.output()));
                });
    }

    /**
     * Reads a variable of the environment.
     *
     * @param name of the grant
     * @param grant a variable
     * @return its value, if it is set
     * @throws InterruptedException if the call is stopped
     */
    public Optional<String> value(String name, Grant grant) throws InterruptedException {
        return use(
                name,
                grant,
                "value",
                entry -> {
                    if (!(grant instanceof Grant.EnvironmentValue variable))
                        throw misused(name, grant, "value", "env");
                    Optional<String> value = Optional.ofNullable(System.getenv(variable.name()));
                    entry.put("set", value.isPresent());
                    return value;
                });
    }
}
