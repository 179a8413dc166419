package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.SetOptions;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.seal.TrustedKey;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.OnError;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyMatch;
import org.xenimage.script.policy.PolicyParameter;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.set.LoadedSet;
import org.xenimage.script.set.PolicySet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A policy set as the commands show it. */
final class SetText {
    private SetText() {}

    /** The set, if a reference names a set and not a policy. */
    static Optional<Path> named(String reference) {
        try {
            Path place = Path.of(reference);
            boolean bundle = Files.isRegularFile(place) && Language.ofFile(reference).isEmpty();
            return bundle || Files.isDirectory(place) ? Optional.of(place) : Optional.empty();
        } catch (InvalidPathException e) {
            return Optional.empty(); // perhaps the library's
        }
    }

    /** Loads a set, and registers its files as inputs. */
    static LoadedSet load(PolicyHost host, Path place, SetOptions sets, RunFiles files)
            throws IOException {
        LoadedSet set = PolicySet.load(host, place, sets.options(files));
        for (Path file : set.files()) files.reading(file);
        return set;
    }

    static ObjectNode json(LoadedSet set) {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("set", set.name()).put("doc", set.doc()).put("digest", set.digest());
        ArrayNode signers = report.putArray("signers");
        set.signers().forEach(key -> signers.add(key.toString()));
        ArrayNode policies = report.putArray("policies");
        for (Policy policy : set.policies()) {
            ObjectNode one = PolicyText.json(policy);
            one.put("sha256", policy.digest());
            one.put("onError", onError(policy));
            restriction(policy.given().match()).ifPresent(text -> one.put("match", text));
            ObjectNode values = one.putObject("set");
            values(set, policy).forEach(values::put);
            ObjectNode granted = one.putObject("grants");
            new TreeMap<>(policy.given().grants())
                    .forEach((name, grant) ->
                            granted.putObject(name)
                                    .put("kind", grant.kind().headerName())
                                    .put("target", grant.target()));
            policies.add(one);
        }
        ArrayNode disabled = report.putArray("quarantined");
        for (LoadedSet.Quarantined one : set.quarantined())
            disabled.addObject()
                    .put("policy", one.policy())
                    .put("reason", one.reason())
                    .put("time", one.time())
                    .put("source", one.source())
                    .put("file", one.file().toString());
        return report;
    }

    static void print(TextOutput out, LoadedSet set) {
        out.println(set.name() + ": a policy set");
        set.doc().lines().forEach(line -> out.println("  " + line));
        out.println("  sha-256  " + set.digest());
        for (TrustedKey key : set.signers()) out.println("  signed by " + key);
        int number = 0;
        for (Policy policy : set.policies()) {
            number++;
            out.println(
                    "%2d. %s (%s, %s)"
                            .formatted(
                                    number,
                                    policy.title(),
                                    policy.file(),
                                    policy.language().displayName()));
            List<String> facts = new ArrayList<>();
            facts.add(
                    "runs on "
                            + policy.on().stream()
                                    .sorted()
                                    .map(Operation::policyName)
                                    .collect(Collectors.joining(", ")));
            restriction(policy.given().match()).ifPresent(facts::add);
            facts.add("on an error: " + onError(policy));
            out.println("    " + String.join("; ", facts));
            values(set, policy)
                    .forEach((name, value) -> out.println("    %s=%s".formatted(name, value)));
            new TreeMap<>(policy.given().grants())
                    .forEach((name, grant) ->
                            out.println(
                                    "    grant %s: %s %s"
                                            .formatted(
                                                    name,
                                                    grant.kind().headerName(),
                                                    grant.target())));
        }
        for (LoadedSet.Quarantined one : set.quarantined()) out.println("  " + one.sentence());
    }

    private static String onError(Policy policy) {
        if (policy.given().quarantine()) return "quarantine";
        return policy.onError() == OnError.SKIP ? "skip" : "abort";
    }

    private static Optional<String> restriction(PolicyMatch match) {
        if (match.equals(PolicyMatch.ALL)) return Optional.empty();
        List<String> parts = new ArrayList<>();
        if (!match.guests().isEmpty())
            parts.add("guest " + String.join(" or ", match.guests().stream().sorted().toList()));
        match.name().ifPresent(name -> parts.add("name " + name.describe()));
        match.uuid().ifPresent(uuid -> parts.add("uuid " + uuid.describe()));
        return Optional.of("only " + String.join(", ", parts));
    }

    private static Map<String, String> values(LoadedSet set, Policy policy) {
        Map<String, String> values = new TreeMap<>();
        for (PolicyParameter parameter : policy.parameters()) {
            String value = set.parameters().get(policy.name() + "." + parameter.name());
            if (value != null)
                values.put(parameter.name(), parameter.secret() ? Secrets.HIDDEN : value);
        }
        return values;
    }
}
