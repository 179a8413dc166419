package org.xenimage.script.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.graalvm.polyglot.Value;
import org.jspecify.annotations.Nullable;
import org.xenimage.script.edit.StagedEdits;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.engine.Values;
import org.xenimage.script.tree.TreeDiff;
import org.xenimage.script.tree.TreeEdit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The config or the site metadata, as a script edits it in place. The script gets a value of its own language; what it
 * did to it is found afterwards, by comparing.
 */
final class LiveTree {
    private final String name;
    private final String element;
    private final Values values;
    private @Nullable JsonNode before;
    private @Nullable Value given;

    /**
     * A tree that no script has yet.
     *
     * @param name as a script writes it
     * @param element of the image, as the history names it
     * @param values bridge to the script
     */
    LiveTree(String name, String element, Values values) {
        this.name = name;
        this.element = element;
        this.values = values;
    }

    /** Whether a script has it. */
    boolean isGiven() {
        return given != null;
    }

    /** What the script has; nothing if it has none. */
    @Nullable Value value() {
        return given;
    }

    /** Gives it to the script. */
    Value give(JsonNode tree) {
        Value value = values.asValue(tree);
        before = tree;
        given = value;
        return value;
    }

    /** Takes it from the script. */
    void revert() {
        before = null;
        given = null;
    }

    /** Hands on what the script has changed since the last time, if anything. */
    void settle(Taker taker) throws IOException {
        if (given == null || before == null) return;
        TreeDiff.Outcome outcome = TreeDiff.compare(before, values.tree(given, name));
        if (outcome.edits().isEmpty()) return;
        if (!(outcome.tree() instanceof ObjectNode tree))
            throw new ScriptRefusal(
                    name + ": expected an object, found " + outcome.tree().getNodeType());
        List<StagedEdits.Edit> changes = new ArrayList<>();
        for (TreeEdit edit : outcome.edits())
            changes.add(new StagedEdits.Edit(element, edit.path(), edit.before(), edit.after()));
        taker.take(tree, changes);
        before = tree;
    }

    /** Takes an edited tree. */
    @FunctionalInterface
    interface Taker {
        void take(ObjectNode tree, List<StagedEdits.Edit> changes) throws IOException;
    }
}
