package org.xenimage.script.policy;

/** What becomes of a run in which a policy fails. */
public enum OnError {
    /** The run fails. */
    ABORT,
    /** The edits of the failing hook are dropped, the policy is out, and the run goes on. A veto aborts all the same. */
    SKIP
}
