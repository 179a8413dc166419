package org.xenimage.script.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.foreign.LinearExpression;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the administrator of a policy set keeps out of everything that is said about a run, beyond what looks secret:
 * the values of keys, and texts wherever they occur. It holds for all policies of a run, and also where secrets are
 * shown.
 *
 * <p>A key is a name or a glob, and is compared with each step of the path of a value, such as {@code license} or
 * {@code site.*}. A text is plain, or a regular expression between slashes, which runs in linear time. Immutable.
 */
public final class Redaction {
    /** Nothing is kept out. */
    public static final Redaction NONE = new Redaction(List.of(), List.of());

    private static final Pattern SLASHES = Pattern.compile("/(.+)/([ims]*)", Pattern.DOTALL);
    private static final Pattern STEP = Pattern.compile("\\[\"([^\"]*)\"]|([^.\\[\\]]+)");

    private final List<String> keys;
    private final List<String> texts;
    private final List<MatchPattern> names = new ArrayList<>();
    private final List<LinearExpression> patterns = new ArrayList<>();

    private Redaction(List<String> keys, List<String> texts) {
        this.keys = List.copyOf(keys);
        this.texts = List.copyOf(texts);
        for (String key : keys) names.add(MatchPattern.glob(key));
        for (String text : texts) {
            Matcher slashes = SLASHES.matcher(text);
            patterns.add(
                    slashes.matches()
                            ? LinearExpression.ofScript(slashes.group(1), slashes.group(2))
                            : LinearExpression.of(LinearExpression.quote(text), "s"));
        }
    }

    /**
     * A redaction.
     *
     * @param keys names or globs
     * @param texts plain, or regular expressions between slashes
     * @return the redaction
     * @throws IllegalArgumentException if one is empty, too long, or no such expression
     */
    public static Redaction of(List<String> keys, List<String> texts) {
        for (String one : keys) if (one.isEmpty()) throw new IllegalArgumentException("is empty");
        for (String one : texts) if (one.isEmpty()) throw new IllegalArgumentException("is empty");
        return new Redaction(keys, texts);
    }

    /**
     * Both.
     *
     * @param other redaction of the same run
     * @return what keeps out what either does
     */
    public Redaction and(Redaction other) {
        if (isNone() || equals(other)) return other;
        if (other.isNone()) return this;
        List<String> allKeys = new ArrayList<>(keys);
        allKeys.addAll(other.keys);
        List<String> allTexts = new ArrayList<>(texts);
        allTexts.addAll(other.texts);
        return new Redaction(
                allKeys.stream().distinct().toList(), allTexts.stream().distinct().toList());
    }

    /** {@return whether nothing is kept out} */
    public boolean isNone() {
        return keys.isEmpty() && texts.isEmpty();
    }

    /** Whether a key, or a step of a path of keys, is one whose value is kept out. */
    boolean keeps(String path) {
        if (names.isEmpty()) return false;
        if (named(path)) return true;
        Matcher step = STEP.matcher(path);
        while (step.find())
            if (named(step.group(1) == null ? step.group(2) : step.group(1))) return true;
        return false;
    }

    private boolean named(String name) {
        return names.stream().anyMatch(pattern -> pattern.found(name));
    }

    /** The places of texts that are kept out. */
    List<int[]> places(CharSequence text) {
        List<int[]> places = new ArrayList<>();
        for (LinearExpression pattern : patterns) {
            LinearExpression.Search search = pattern.over(text);
            int from = 0;
            while (from <= text.length() && search.find(from)) {
                if (search.end() > search.start())
                    places.add(new int[] {search.start(), search.end()});
                from = Math.max(search.end(), search.start() + 1);
            }
        }
        return places;
    }

    /** {@return as a policy set has it} */
    public JsonNode json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        keys.forEach(node.putArray("keys")::add);
        texts.forEach(node.putArray("texts")::add);
        return node;
    }

    /**
     * A redaction of {@link #json}.
     *
     * @param node with the lists
     * @return the redaction
     */
    public static Redaction of(JsonNode node) {
        List<String> keys = new ArrayList<>();
        node.path("keys").forEach(key -> keys.add(key.asText()));
        List<String> texts = new ArrayList<>();
        node.path("texts").forEach(text -> texts.add(text.asText()));
        return new Redaction(keys, texts);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Redaction that
                && keys.equals(that.keys)
                && texts.equals(that.texts);
    }

    @Override
    public int hashCode() {
        return 31 * keys.hashCode() + texts.hashCode();
    }
}
