package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyParameter;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.policy.Secrets;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Compares a run that a {@link DecisionLog} recorded with the decisions of current policies over the same image.
 *
 * <p>The operation, the operator, the time and the parameters come from the log. Logs do not contain secret values, so
 * the caller supplies them. If a log has several runs, the last one is used; if that run was restarted, its last start.
 * A log is hostile input: the length and number of lines are limited. For one thread, once.
 */
public final class Replay {
    private static final int LINE_MAX = 16 << 20;

    private final String name;
    private JsonNode begin;
    private DecisionTable recorded = new DecisionTable();
    private long runs;

    private Replay(String name, JsonNode begin) {
        this.name = name;
        this.begin = begin;
    }

    /**
     * Reads a log.
     *
     * @param name for messages
     * @param log its lines; stays open
     * @return the last run in it
     * @throws IOException a {@link CorruptImage} if it is not a decision log, or it cannot be read
     */
    public static Replay read(String name, InputStream log) throws IOException {
        Replay replay = new Replay(name, JsonNodeFactory.instance.objectNode());
        InputStream in = new BufferedInputStream(log, 1 << 16);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        long number = 0;
        while (true) {
            int b = in.read();
            if (b >= 0 && b != '\n') {
                if (line.size() >= LINE_MAX)
                    throw new LimitExceeded(
                            Fault.in(name + ":" + (number + 1))
                                    .expected("a line of at most " + LINE_MAX + " bytes")
                                    .found("more"));
                line.write(b);
                continue;
            }
            number++;
            if (line.size() > 0) replay.take(line.toByteArray(), name + ":" + number);
            line.reset();
            if (b < 0) break;
        }
        if (replay.runs == 0)
            throw new CorruptImage(
                    Fault.in(name)
                            .problem("has no run in it")
                            .expected("a decision log, as --log writes it"));
        return replay;
    }

    private void take(byte[] line, String place) throws ImageException {
        JsonNode entry = BoundedJson.object(line, BoundedJson.Rules.USUAL, Fault.in(place));
        if (entry.path("event").asText("").equals("begin")) {
            begin = entry;
            recorded = new DecisionTable();
            runs++;
        } else if (runs == 0) {
            throw new CorruptImage(
                    Fault.in(place)
                            .problem("is no decision log")
                            .expected("an entry with the event begin")
                            .found("another"));
        }
        recorded.add(entry);
    }

    /** {@return how many runs the log has} */
    public long runs() {
        return runs;
    }

    /** {@return the name of the image in the recorded run} */
    public String source() {
        return begin.path("source").asText("");
    }

    /** {@return the policies of the recorded run, as {@link PolicyHost#load} takes them} */
    public List<String> references() {
        List<String> references = new ArrayList<>();
        for (JsonNode policy : begin.path("policies")) {
            String file = policy.path("file").asText("");
            references.add(file.startsWith("xenimage/") ? file.substring(9) : file);
        }
        return references;
    }

    /**
     * The context of the recorded run.
     *
     * @param policies of today
     * @param given parameters that override those of the log
     * @return the context, with an empty site configuration; only parameters that the policies declare are in it
     * @throws ImageException a {@link CorruptImage} if the log lacks part of the context
     */
    public RunContext context(List<Policy> policies, Map<String, String> given)
            throws ImageException {
        Operation operation =
                Operation.named(begin.path("operation").asText())
                        .orElseThrow(() ->
                                new CorruptImage(
                                        Fault.in(name)
                                                .field("operation")
                                                .expected("an operation")
                                                .found(begin.path("operation").toString())));
        Map<String, String> parameters = new HashMap<>();
        for (JsonNode policy : begin.path("policies"))
            for (var parameter : policy.path("parameters").properties()) {
                String full = policy.path("policy").asText() + "." + parameter.getKey();
                JsonNode value = parameter.getValue();
                if (declared(policies).contains(full) && !value.asText().equals(Secrets.HIDDEN))
                    parameters.put(full, value.isTextual() ? value.textValue() : value.toString());
            }
        for (var one : given.entrySet())
            parameters
                    .keySet()
                    .removeIf(
                            full -> full.equals(one.getKey()) || full.endsWith("." + one.getKey()));
        parameters.putAll(given);
        return RunContext.of(operation, source(), begin.path("operator").asText(""), time())
                .withParameters(parameters)
                .withRestartable(true);
    }

    private static Set<String> declared(List<Policy> policies) {
        Set<String> declared = new HashSet<>();
        for (Policy policy : policies)
            for (PolicyParameter parameter : policy.parameters())
                declared.add(policy.name() + "." + parameter.name());
        return declared;
    }

    private Instant time() throws ImageException {
        String text = begin.path("time").asText();
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new CorruptImage(
                    Fault.in(name).field("time").expected("a time in UTC").found("'" + text + "'"),
                    e);
        }
    }

    /**
     * Reasons why a replay may differ.
     *
     * @param policies of today
     * @param given parameters
     * @return sentences about missing or unused parameters, and edits that are not compared
     */
    public List<String> doubts(List<Policy> policies, Map<String, String> given) {
        List<String> doubts = new ArrayList<>();
        Set<String> declared = declared(policies);
        for (JsonNode policy : begin.path("policies"))
            for (var parameter : policy.path("parameters").properties()) {
                String full = policy.path("policy").asText() + "." + parameter.getKey();
                if (given.containsKey(full) || given.containsKey(parameter.getKey())) continue;
                if (!declared.contains(full))
                    doubts.add("parameter " + full + " of the log is declared by no policy now");
                else if (parameter.getValue().asText().equals(Secrets.HIDDEN))
                    doubts.add(
                            "parameter %s is secret and not in the log; give it with --set"
                                    .formatted(full));
            }
        if (runs > 1) doubts.add("the log has %d runs; the last one counts".formatted(runs));
        if (recorded.left() > 0)
            doubts.add("%d edits of the log are not compared".formatted(recorded.left()));
        return doubts;
    }

    /**
     * Runs the current policies, writes nothing, and compares their decisions with the log.
     *
     * @param host runs them
     * @param policies in order
     * @param context of {@link #context}
     * @param image opens the image
     * @return the decisions that differ
     * @throws IOException if the image cannot be read or is invalid; a failure or veto of a policy is a decision
     */
    public List<ReplayDifference> against(
            PolicyHost host, List<Policy> policies, RunContext context, PolicyRewrite.Source image)
            throws IOException {
        DecisionTable today = new DecisionTable();
        Optional<ImageException> failure = Optional.empty();
        try (PolicyRewrite rewrite =
                PolicyRewrite.of(host, policies, context, DecisionLog.ofEntries(today::add))) {
            rewrite.run(image, Rewrite::dryRun);
        } catch (ImageException e) {
            failure = Optional.of(e);
        }
        List<ReplayDifference> differences = recorded.differences(today);
        if (failure.isPresent() && !today.failed()) throw failure.get();
        return differences;
    }
}
