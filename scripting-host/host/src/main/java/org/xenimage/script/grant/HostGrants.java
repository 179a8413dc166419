package org.xenimage.script.grant;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.seal.Sha256;
import org.xenimage.script.engine.ScriptRefusal;
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
 * The grants of one policy in one run, and their uses, in the process of the host.
 *
 * <p>In a dry run, uses with effects elsewhere are only logged: no lines are appended, no commands are run, and only
 * GET and HEAD requests are sent.
 */
public final class HostGrants implements GrantAccess {
    /** The most uses of all grants in a run: each adds a line to the log. */
    public static final int USES_MAX = 10_000;

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
    public HostGrants(Policy policy, RunContext run, boolean effects, Consumer<ObjectNode> log) {
        this.policy = policy;
        this.run = run;
        this.effects = effects;
        this.log = log;
    }

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

    @Override
    public GrantKind kind(String name) {
        return GrantAccess.wanted(policy, name);
    }

    @Override
    public GrantResult use(GrantUse use) throws InterruptedException {
        Grant given = policy.given().grants().get(use.grant());
        Grant grant = given instanceof Grant.StandIn standIn ? standIn.grant() : given;
        if (given == null || grant == null || grant.kind() != kind(use.grant()))
            throw new IllegalStateException(policy + " runs without its grant " + use.grant());
        if (++uses > USES_MAX)
            throw new ScriptRefusal(
                    "uses grants more than %d times in one run".formatted(USES_MAX));
        ObjectNode entry =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("grant", use.grant())
                        .put("use", use.verb())
                        .put("target", grant.target());
        try {
            for (String name : use.names())
                if (name.length() > GrantUse.NAME_MAX)
                    throw new ScriptRefusal(
                            "%s: expected a name of at most %d characters"
                                    .formatted(use.verb(), GrantUse.NAME_MAX));
            GrantResult result =
                    switch (use) {
                        case GrantUse.Read read -> read(read, grant, entry);
                        case GrantUse.Listing list -> list(list, grant, entry);
                        case GrantUse.Append append -> append(append, grant, given, entry);
                        case GrantUse.Request request -> request(request, grant, given, entry);
                        case GrantUse.Run run -> run(run, grant, given, entry);
                        case GrantUse.Variable variable -> value(variable, grant, given, entry);
                    };
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

    private static ScriptRefusal misused(GrantUse use, Grant grant, String kinds) {
        return new ScriptRefusal(
                "grant %s is of kind %s, and %s is for %s"
                        .formatted(use.grant(), grant.kind().headerName(), use.verb(), kinds));
    }

    private static String text(Grant from, byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new ScriptRefusal(from.target() + ": is not UTF-8", e);
        }
    }

    private static Grant.Response answer(Grant.StandIn standIn, String asked, String sent) {
        return standIn.responder()
                .respond(asked, sent)
                .orElseThrow(() -> new ScriptRefusal("the test has no answer to " + asked));
    }

    private static byte[] bytes(Grant.Response response) {
        return response.text().getBytes(StandardCharsets.UTF_8);
    }

    private static GrantResult read(GrantUse.Read use, Grant grant, ObjectNode entry) {
        byte[] bytes =
                switch (grant) {
                    case Grant.ReadFile one -> {
                        if (!use.file().isEmpty())
                            throw new ScriptRefusal(
                                    "grant %s is one file: read takes no name"
                                            .formatted(use.grant()));
                        yield GrantedFiles.read(one.file(), one.bytes());
                    }
                    case Grant.ReadFolder one -> {
                        entry.put("file", use.file());
                        yield GrantedFiles.read(one.folder(), use.file(), one.bytes());
                    }
                    case Grant.AppendLog _,
                            Grant.HttpHost _,
                            Grant.RunCommand _,
                            Grant.EnvironmentValue _,
                            Grant.StandIn _ ->
                            throw misused(use, grant, "read and folder");
                };
        noted(entry, bytes);
        return new GrantResult.Text(text(grant, bytes));
    }

    private static GrantResult list(GrantUse.Listing use, Grant grant, ObjectNode entry) {
        if (!(grant instanceof Grant.ReadFolder folder)) throw misused(use, grant, "folder");
        List<String> names = GrantedFiles.names(folder.folder());
        entry.put("files", names.size());
        return new GrantResult.Names(names);
    }

    private GrantResult append(GrantUse.Append use, Grant grant, Grant given, ObjectNode entry) {
        if (!(grant instanceof Grant.AppendLog to)) throw misused(use, grant, "append");
        // JSON, so that no message can look like several lines or like another policy's.
        ObjectNode line =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("time", run.now().toString())
                        .put("policy", policy.name())
                        .put("operation", run.operation().policyName())
                        .put("source", run.source())
                        .put("message", use.message());
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > LINE_MAX)
            throw new ScriptRefusal(
                    "message: expected a line of at most %d bytes".formatted(LINE_MAX));
        entry.put("bytes", bytes.length);
        if (given instanceof Grant.StandIn standIn) {
            Optional<Grant.Response> _ = standIn.responder().respond("", use.message());
        } else if (effects) GrantedFiles.append(to.file(), to.bytes(), bytes);
        else entry.put("dryRun", true);
        return new GrantResult.Nothing();
    }

    private GrantResult request(GrantUse.Request use, Grant grant, Grant given, ObjectNode entry)
            throws InterruptedException {
        if (!(grant instanceof Grant.HttpHost host)) throw misused(use, grant, "http");
        String method = use.method();
        if (!host.methods().contains(method))
            throw new ScriptRefusal(
                    "grant %s allows %s, not %s"
                            .formatted(
                                    use.grant(),
                                    String.join(", ", host.methods().stream().sorted().toList()),
                                    method));
        URI address = GrantedHost.address(host, use.path());
        entry.put("method", method).put("address", address.toString());
        if (!effects && !method.equals("GET") && !method.equals("HEAD")) {
            entry.put("dryRun", true);
            return new GrantResult.Finished(false, 0, "");
        }
        GrantedHost.Answer answer;
        if (given instanceof Grant.StandIn standIn) {
            String asked = use.path().isEmpty() ? method : method + " " + use.path();
            Grant.Response response = answer(standIn, asked, use.body());
            answer = new GrantedHost.Answer(response.status(), bytes(response));
        } else answer = GrantedHost.request(host, address, method, use.body());
        entry.put("status", answer.status());
        noted(entry, answer.body());
        return new GrantResult.Finished(true, answer.status(), text(grant, answer.body()));
    }

    private GrantResult run(GrantUse.Run use, Grant grant, Grant given, ObjectNode entry)
            throws InterruptedException {
        if (!(grant instanceof Grant.RunCommand command)) throw misused(use, grant, "run");
        if (!effects) {
            entry.put("dryRun", true);
            return new GrantResult.Finished(false, 0, "");
        }
        GrantedCommand.Result result;
        if (given instanceof Grant.StandIn standIn) {
            Grant.Response response = answer(standIn, "", use.input());
            result = new GrantedCommand.Result(response.status(), bytes(response));
        } else result = GrantedCommand.run(command, use.input());
        entry.put("status", result.status());
        noted(entry, result.output());
        return new GrantResult.Finished(true, result.status(), text(grant, result.output()));
    }

    private static GrantResult value(
            GrantUse.Variable use, Grant grant, Grant given, ObjectNode entry) {
        if (!(grant instanceof Grant.EnvironmentValue variable)) throw misused(use, grant, "env");
        Optional<String> value =
                given instanceof Grant.StandIn standIn
                        ? standIn.responder().respond("", "").map(Grant.Response::text)
                        : Optional.ofNullable(System.getenv(variable.name()));
        entry.put("set", value.isPresent());
        return value.isPresent() ? new GrantResult.Text(value.get()) : new GrantResult.Nothing();
    }
}
