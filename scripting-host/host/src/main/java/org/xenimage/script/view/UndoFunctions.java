package org.xenimage.script.view;

import org.graalvm.polyglot.Value;
import org.xenimage.script.engine.ScriptRefusal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The functions of a policy that undo what it did outside the image, should the run fail. */
public final class UndoFunctions {
    /** They stay until the run ends, so their number must have an end. */
    private static final int FUNCTIONS_MAX = 1000;

    private final Deque<Value> functions = new ArrayDeque<>();
    private boolean taken;

    /** No functions yet. */
    public UndoFunctions() {}

    /** {@return whether functions can still be added: nothing has failed yet} */
    boolean open() {
        return !taken;
    }

    void add(Value function) {
        if (functions.size() == FUNCTIONS_MAX)
            throw new ScriptRefusal(
                    "registers more than its budget of %d functions to undo what it did"
                            .formatted(FUNCTIONS_MAX));
        functions.push(function);
    }

    /**
     * Takes the functions out: each is called once, and none can be added any more.
     *
     * @return the functions, the last one first
     */
    public List<Value> take() {
        taken = true;
        List<Value> all = List.copyOf(functions);
        functions.clear();
        return all;
    }
}
