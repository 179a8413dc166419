package org.xenimage.script;

/**
 * Takes what a policy says while it runs, line by line, as it says it: what it prints and what it
 * gives to {@code ctx.log} and {@code ctx.warn}. The decision log has the same lines. Called on
 * threads of the host; concurrent runs call it concurrently.
 */
@FunctionalInterface
public interface PolicySpeech {
    /** Nobody listens. */
    PolicySpeech UNHEARD = (_, _, _, _) -> {};

    /** How something was said. */
    enum Channel {
        /** Standard output of the script: {@code print}, {@code console.log}. */
        PRINT,
        /** Standard error of the script. */
        ERROR,
        /** {@code ctx.log}. */
        LOG,
        /** {@code ctx.warn}, and what the host has to say of the policy. */
        WARN
    }

    /**
     * Takes a line.
     *
     * @param source the image's name
     * @param policy the policy's name
     * @param channel how it was said
     * @param text the line, as the policy gave it: it may hold control characters
     */
    void onOutput(String source, String policy, Channel channel, String text);
}
