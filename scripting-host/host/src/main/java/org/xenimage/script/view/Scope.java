package org.xenimage.script.view;

import org.xenimage.script.engine.ScriptRefusal;

/** The time during which the views of a hook are good. */
public final class Scope {
    private final String after;
    private final String lifetime;
    private boolean closed;

    /**
     * Opens the scope of a hook.
     *
     * @param hook its name, for messages
     */
    public Scope(String hook) {
        this(
                hook + " had returned",
                "what a hook receives is valid only during that call; copy what you want to keep");
    }

    /**
     * Opens a scope.
     *
     * @param after what ends it, in words
     * @param lifetime how long its views are good and what to do, in words
     */
    public Scope(String after, String lifetime) {
        this.after = after;
        this.lifetime = lifetime;
    }

    /** Ends it: from now on its views refuse everything. */
    public void close() {
        closed = true;
    }

    void require(String what) {
        if (closed) throw new ScriptRefusal(what + " was used after " + after + ": " + lifetime);
    }
}
