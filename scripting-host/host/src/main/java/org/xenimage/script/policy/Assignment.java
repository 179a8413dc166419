package org.xenimage.script.policy;

/**
 * What the administrator's policy set gives a policy, beyond what its own header says.
 *
 * @param match domains that the set restricts it to, in addition to its own
 * @param quarantine whether a failure disables it for later runs
 * @param isolated whether it runs in a process of its own, whatever the host does with others
 */
public record Assignment(PolicyMatch match, boolean quarantine, boolean isolated) {
    /** Nothing: the policy runs as its header says. */
    public static final Assignment NONE = new Assignment(PolicyMatch.ALL, false, false);
}
