package org.xenimage.script.policy;

import java.util.Map;

/**
 * What the administrator gives a policy, beyond what its own header says.
 *
 * @param match domains that it is restricted to, in addition to its own
 * @param quarantine whether a failure disables it for later runs
 * @param isolated whether it runs in a process of its own, whatever the host does with others
 * @param grants by the names that its header wants
 * @param redaction of the set, which holds for all policies of a run
 */
public record Assignment(
        PolicyMatch match,
        boolean quarantine,
        boolean isolated,
        Map<String, Grant> grants,
        Redaction redaction) {
    /** Nothing: the policy runs as its header says. */
    public static final Assignment NONE =
            new Assignment(PolicyMatch.ALL, false, false, Map.of(), Redaction.NONE);

    /**
     * An assignment that keeps nothing out of what is said.
     *
     * @param match domains that it is restricted to, in addition to its own
     * @param quarantine whether a failure disables it for later runs
     * @param isolated whether it runs in a process of its own, whatever the host does with others
     * @param grants by the names that its header wants
     */
    public Assignment(
            PolicyMatch match, boolean quarantine, boolean isolated, Map<String, Grant> grants) {
        this(match, quarantine, isolated, grants, Redaction.NONE);
    }

    /** Copies the map. */
    public Assignment {
        grants = Map.copyOf(grants);
    }
}
