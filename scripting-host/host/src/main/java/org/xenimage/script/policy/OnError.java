package org.xenimage.script.policy;

/** What becomes of a run in which a policy fails. */
public enum OnError {
    /** The run fails. */
    ABORT,
    /**
     * The edits of the failing hook are dropped, and the run continues without the policy. A veto
     * still aborts the run.
     */
    SKIP
}
