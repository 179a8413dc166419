package org.xenimage.script.engine;

/**
 * The host refuses what a script asked for. The script sees it as an error that it may catch; uncaught, it is the
 * policy's failure.
 */
public final class ScriptRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the refusal.
     *
     * @param message in the words of the policy's language
     */
    public ScriptRefusal(String message) {
        super(message);
    }

    /**
     * Makes the refusal.
     *
     * @param message in the words of the policy's language
     * @param cause what led to it
     */
    public ScriptRefusal(String message, Throwable cause) {
        super(message, cause);
    }

    /** {@return what a script sees that catches it} */
    @SuppressWarnings(
            "OverrideThrowableToString") // the message alone is for those who wrote the policy
    @Override
    public String toString() {
        return "PolicyError: " + getMessage();
    }
}
