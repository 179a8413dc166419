package org.xenimage.script.set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.seal.TrustedKey;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One version of a policy set, complete and valid, as it applies to one host. Immutable.
 *
 * @param name of the set: its folder or file, as the user named it
 * @param doc its description
 * @param digest SHA-256 of its file and of all its policies, in hex
 * @param policies in the order in which they run, without those in quarantine
 * @param parameters of the policies, by {@code POLICY.NAME}
 * @param site what the policies see as {@code ctx.site}
 * @param sections that the site knows, besides those of the command line
 * @param quarantined policies that are disabled because they failed
 * @param signers the keys that signed it; empty for a folder
 * @param unused policy files that the set does not list
 * @param files that it was read from
 */
public record LoadedSet(
        String name,
        String doc,
        String digest,
        List<Policy> policies,
        Map<String, String> parameters,
        JsonNode site,
        SectionRegistry sections,
        List<Quarantined> quarantined,
        List<TrustedKey> signers,
        List<String> unused,
        List<Path> files) {
    /**
     * A policy that is disabled because it failed.
     *
     * @param policy its name in the set
     * @param reason how it failed
     * @param time when it failed, in the time of its run
     * @param source the image
     * @param file the record; if it is removed, the policy runs again
     */
    public record Quarantined(String policy, String reason, String time, String source, Path file) {
        /** {@return the policy in one sentence} */
        public String sentence() {
            return "policy %s is disabled: it failed on %s at %s: %s; fix it, or remove %s to run it again"
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
     * @return the policies for it, in order
     */
    public List<Policy> policies(Operation operation) {
        return policies.stream().filter(policy -> policy.on().contains(operation)).toList();
    }

    /**
     * What the policies of this set know about a run.
     *
     * @param run whose own parameters and site keys override those of the set
     * @return the context in which to run {@link #policies(Operation)} for its operation
     */
    public RunContext in(RunContext run) {
        List<String> running = policies(run.operation()).stream().map(Policy::name).toList();
        Map<String, String> values = new HashMap<>();
        parameters.forEach((full, value) -> {
            int dot = full.indexOf('.');
            // A parameter that the user sets for all policies also applies to those of the set.
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
