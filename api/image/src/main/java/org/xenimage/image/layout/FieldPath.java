package org.xenimage.image.layout;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The path of a field: names and indices from the outermost group inwards, as in
 * {@code entries[3].cpu.rax}.
 *
 * <p>Kept as a chain towards the outermost group, so that a decoder that goes deeper pays for one small object and for
 * text only when something is wrong.
 */
final class FieldPath {
    /** The outermost group itself. */
    static final FieldPath ROOT = new FieldPath(null, "", -1);

    private final @Nullable FieldPath parent;
    private final String name;
    private final int index;

    private FieldPath(@Nullable FieldPath parent, String name, int index) {
        this.parent = parent;
        this.name = name;
        this.index = index;
    }

    FieldPath name(String member) {
        return new FieldPath(this, member, -1);
    }

    FieldPath index(int item) {
        return new FieldPath(this, "", item);
    }

    @Override
    public String toString() {
        Deque<FieldPath> steps = new ArrayDeque<>();
        for (FieldPath step = this; step != null && step.parent != null; step = step.parent)
            steps.push(step);
        var text = new StringBuilder();
        for (FieldPath step : steps) {
            if (step.index >= 0) text.append('[').append(step.index).append(']');
            else (text.isEmpty() ? text : text.append('.')).append(step.name);
        }
        return text.toString();
    }

    /** One step of a path. */
    sealed interface Step {
        /** A member of a group. */
        record Name(String name) implements Step {}

        /** An item of a sequence. */
        record Index(int index) implements Step {}
    }

    /**
     * Takes a path apart.
     *
     * @param path such as {@code entries[3].cpu.rax}
     * @return its steps, at least one
     * @throws FieldRejected if it is not a path
     */
    static List<Step> parse(String path) {
        List<Step> steps = new ArrayList<>();
        int at = 0;
        while (at < path.length()) {
            if (path.charAt(at) == '[') {
                int close = path.indexOf(']', at);
                steps.add(new Step.Index(index(path, at + 1, close)));
                at = close + 1;
            } else {
                int from = steps.isEmpty() ? at : path.charAt(at) == '.' ? at + 1 : path.length();
                int to = from;
                while (to < path.length() && path.charAt(to) != '.' && path.charAt(to) != '[') to++;
                if (from == to) throw notAPath(path);
                steps.add(new Step.Name(path.substring(from, to)));
                at = to;
            }
        }
        if (steps.isEmpty()) throw notAPath(path);
        return steps;
    }

    private static int index(String path, int from, int to) {
        if (to - from < 1 || to - from > 9) throw notAPath(path);
        int index = 0;
        for (int at = from; at < to; at++) {
            char digit = path.charAt(at);
            if (digit < '0' || digit > '9') throw notAPath(path);
            index = index * 10 + (digit - '0');
        }
        return index;
    }

    private static FieldRejected notAPath(String path) {
        return new FieldRejected(
                "(path)", "names and indices such as entries[3].cpu.rax", "\"" + path + "\"");
    }
}
