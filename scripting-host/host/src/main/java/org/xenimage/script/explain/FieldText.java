package org.xenimage.script.explain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.policy.FeatureChange;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The value of a field before and after an edit, in readable form: registers in hex, features by name. */
public final class FieldText {
    private static final int WIDTH = 60;

    /** A register of a CPUID leaf. */
    private static final Pattern LEAF = Pattern.compile("(^|\\.)e[abcd]x$");

    /** The field of X86_TSC_INFO that counts nanoseconds. */
    private static final Pattern DURATION = Pattern.compile("(^|\\.)nsec$");

    private FieldText() {}

    /**
     * An edit of a field.
     *
     * @param path of the field
     * @param before the old value
     * @param after the new value
     * @param features the CPU features that the edit sets and clears
     * @param record whether the field is one of a record
     * @return such as {@code 0x10 → 0x0 (clears avx)}
     */
    public static String of(
            String path,
            Optional<JsonNode> before,
            Optional<JsonNode> after,
            Optional<FeatureChange> features,
            boolean record) {
        boolean hex = features.isPresent() || (record && isRegister(path, before, after));
        return display(before, hex)
                + " → "
                + display(after, hex)
                + features.map(FieldText::named).orElse("");
    }

    /** Masks, addresses and registers are shown in hex; the one wide value that is a duration is not. */
    private static boolean isRegister(
            String path, Optional<JsonNode> before, Optional<JsonNode> after) {
        return LEAF.matcher(path).find()
                || (!DURATION.matcher(path).find() && (isWide(before) || isWide(after)));
    }

    private static boolean isWide(Optional<JsonNode> value) {
        return value.filter(JsonNode::isBigInteger).isPresent();
    }

    /** Such as {@code (clears avx avx2; sets fma)}. */
    private static String named(FeatureChange features) {
        List<String> parts = new ArrayList<>();
        if (!features.cleared().isEmpty())
            parts.add("clears " + String.join(" ", features.cleared()));
        if (!features.set().isEmpty()) parts.add("sets " + String.join(" ", features.set()));
        return " (" + String.join("; ", parts) + ")";
    }

    /**
     * The features in the form that reports and logs use.
     *
     * @param features that an edit set and cleared
     * @return an object with their names
     */
    public static JsonNode json(FeatureChange features) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        features.set().forEach(node.putArray("set")::add);
        features.cleared().forEach(node.putArray("cleared")::add);
        return node;
    }

    /** A value in one line of bounded length. */
    static String display(Optional<JsonNode> value, boolean hex) {
        if (value.isEmpty()) return "nothing";
        if (hex && value.get().isIntegralNumber())
            return "0x" + value.get().bigIntegerValue().toString(16);
        String text = value.get().toString();
        return text.length() <= WIDTH ? text : text.substring(0, WIDTH - 1) + "…";
    }
}
