package org.xenimage.script.set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.seal.TrustedKey;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One version of a policy set, as it is on one host: complete and in order. Immutable.
 *
 * @param name of the set: its folder or file, as the user named it
 * @param doc what it says about itself
 * @param digest SHA-256 of its file and of all its policies, in hex
 * @param policies in the order in which they run, without those in quarantine
 * @param parameters of the policies, by {@code POLICY.NAME}
 * @param site what the policies see as {@code ctx.site}
 * @param quarantined policies that failed before, and are disabled
 * @param signers the keys that signed it; none of a folder
 * @param unused files that could be policies, and that the set does not name
 * @param files that it was read from
 */
public record LoadedSet(
        String name,
        String doc,
        String digest,
        List<Policy> policies,
        Map<String, String> parameters,
        JsonNode site,
        List<Quarantined> quarantined,
        List<TrustedKey> signers,
        List<String> unused,
        List<Path> files) {
    /**
     * A policy that is disabled because it failed.
     *
     * @param policy its name in the set
     * @param reason how it failed
     * @param time when it failed, as its run had it
     * @param source the image
     * @param file that says so: without it the policy runs again
     */
    public record Quarantined(String policy, String reason, String time, String source, Path file) {
        /** {@return the policy in one sentence} */
        public String sentence() {
            return "policy %s is disabled: it failed on %s at %s: %s; mend it, or remove %s to run it again"
                    .formatted(policy, source, time, reason, file);
        }
    }

    /** Copies the collections. */
    public LoadedSet {
        policies = List.copyOf(policies);
        parameters = Map.copyOf(parameters);
        site = site.deepCopy();
        quarantined = List.copyOf(quarantined);
        signers = List.copyOf(signers);
        unused = List.copyOf(unused);
        files = List.copyOf(files);
    }

    /**
     * The policies for an operation.
     *
     * @param operation that runs
     * @return those that are for it, in order
     */
    public List<Policy> policies(Operation operation) {
        return policies.stream().filter(policy -> policy.on().contains(operation)).toList();
    }

    /**
     * What the policies of this set know about a run.
     *
     * @param run whose own parameters and keys of the site go before those of the set
     * @return the context for {@link #policies(Operation)} of its operation
     */
    public RunContext in(RunContext run) {
        List<String> running = policies(run.operation()).stream().map(Policy::name).toList();
        Map<String, String> values = new HashMap<>();
        parameters.forEach((full, value) -> {
            int dot = full.indexOf('.');
            // One that the user sets for every policy is meant for those of the set too.
            if (running.contains(full.substring(0, dot))
                    && !run.parameters().containsKey(full.substring(dot + 1)))
                values.put(full, value);
        });
        values.putAll(run.parameters());
        ObjectNode merged = site.deepCopy();
        run.site().properties().forEach(one -> merged.set(one.getKey(), one.getValue()));
        return run.withSite(merged).withParameters(values);
    }
}
