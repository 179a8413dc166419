package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.script.policy.FeatureChange;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Policy;

import java.util.List;
import java.util.Optional;

/**
 * What a run has done.
 *
 * @param policies in the order in which they ran
 */
public record RunSummary(List<PolicySummary> policies) {
    /** Copies the list. */
    public RunSummary {
        policies = List.copyOf(policies);
    }

    /** What became of a policy. */
    public enum Outcome {
        /** Nothing was asked of it yet. */
        WAITING,
        /** It is not for this operation. */
        OTHER_OPERATION,
        /** It does not match this domain. */
        NOT_MATCHED,
        /** It ran, or runs. */
        RAN,
        /** It failed and was skipped from there on. */
        SKIPPED,
        /** It failed, and the run with it. */
        FAILED
    }

    /**
     * What a policy did.
     *
     * @param policy which
     * @param outcome what became of it
     * @param reason why it did not run, or how it failed; empty if it ran
     * @param edits how many, a page rule counting as one
     * @param pages edited
     * @param bytes of pages overwritten
     * @param changes the first edits
     * @param warnings what it warned of
     * @param editsPassedOn whether edits of it were passed on, which matters if it was skipped
     */
    public record PolicySummary(
            Policy policy,
            Outcome outcome,
            String reason,
            long edits,
            long pages,
            long bytes,
            List<Edit> changes,
            List<String> warnings,
            boolean editsPassedOn) {
        /** Copies the lists. */
        public PolicySummary {
            changes = List.copyOf(changes);
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * One edit.
     *
     * @param hook that made it; of a page rule, {@link Hook#BEGIN}
     * @param element that was edited
     * @param offset of the element in the source, or {@link org.xenimage.image.fault.Fault#NO_OFFSET}
     * @param path within the element
     * @param before what stood there
     * @param after the new value
     * @param features what that means, if the field is a register of CPUID features or capabilities
     */
    public record Edit(
            Hook hook,
            String element,
            long offset,
            String path,
            Optional<JsonNode> before,
            Optional<JsonNode> after,
            Optional<FeatureChange> features) {}

    /** {@return the number of edits of all policies} */
    public long edits() {
        return policies.stream().mapToLong(PolicySummary::edits).sum();
    }

    /** {@return the policies that were skipped because they failed} */
    public List<PolicySummary> skipped() {
        return policies.stream().filter(policy -> policy.outcome() == Outcome.SKIPPED).toList();
    }
}
