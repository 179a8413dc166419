package org.xenimage.script.view;

import org.xenimage.script.engine.ScriptRefusal;

/** The time during which the views of a hook are good. */
public final class Scope {
    private final String hook;
    private boolean closed;

    /**
     * Opens a scope.
     *
     * @param hook its name, for messages
     */
    public Scope(String hook) {
        this.hook = hook;
    }

    /** Ends it: from now on its views refuse everything. */
    public void close() {
        closed = true;
    }

    void require(String what) {
        if (closed)
            throw new ScriptRefusal(
                    what
                            + " was used after "
                            + hook
                            + " had returned: what a hook is given is good during that call; copy what you want to keep");
    }
}
