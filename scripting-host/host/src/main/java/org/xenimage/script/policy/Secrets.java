package org.xenimage.script.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Keeps secrets out of logs, reports and messages: values of keys whose names look secret, and
 * given values wherever they occur, and what the administrator keeps out. Of keys that are
 * kept out, the values that were seen are hidden too wherever they occur. Safe for several threads.
 */
public final class Secrets {
    /** The replacement of a secret. */
    public static final String HIDDEN = "(secret)";

    /** Everything is shown. */
    public static final Secrets TOLD = new Secrets(false, List.of(), Redaction.NONE, Set.of());

    /** Nothing is known but what the names of keys say. */
    public static final Secrets BY_NAME = new Secrets(true, List.of(), Redaction.NONE, Set.of());

    /** A shorter value is found by chance in any text. */
    private static final int VALUE_MIN = 4;

    /** More values of keys that are kept out are hidden in their places only. */
    private static final int SEEN_MAX = 1000;

    private static final Pattern WORD_END = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+");

    private static final Set<String> WORDS =
            Set.of(
                    "password",
                    "passwords",
                    "passwd",
                    "passphrase",
                    "secret",
                    "secrets",
                    "token",
                    "tokens",
                    "credential",
                    "credentials",
                    "apikey",
                    "privatekey",
                    "psk");

    /** What such words end in where they are written together, such as xl's {@code vncpasswd}. */
    private static final List<String> ENDINGS =
            List.of("password", "passwd", "passphrase", "secret", "apikey", "privatekey");

    private static final Set<String> BEFORE_KEY =
            Set.of("api", "private", "access", "signing", "encryption");

    private final boolean hide;
    private final List<String> values;

    private final Redaction redaction;
    private final Set<String> seen;

    private Secrets(boolean hide, List<String> values, Redaction redaction, Set<String> seen) {
        this.hide = hide;
        this.values = values;
        this.redaction = redaction;
        this.seen = seen;
    }

    /**
     * With what the administrator keeps out.
     *
     * @param kept of the run
     * @param values of such keys that were seen; shared by all secrets of the run, and added to by {@link #learn}
     * @return these secrets with that
     */
    public Secrets with(Redaction kept, Set<String> values) {
        return kept.isNone() ? this : new Secrets(hide, this.values, kept, values);
    }

    /**
     * Looks for values of keys that are kept out, which are hidden from now on wherever they occur.
     *
     * @param tree such as a config
     */
    public void learn(JsonNode tree) {
        if (redaction.isNone()) return;
        for (var property : tree.properties()) {
            if (redaction.keeps(property.getKey())) texts(property.getValue());
            else learn(property.getValue());
        }
        if (tree.isArray()) tree.forEach(this::learn);
    }

    private void texts(JsonNode tree) {
        if (tree.isContainerNode()) tree.forEach(this::texts);
        else if (tree.isTextual()
                && tree.textValue().length() >= VALUE_MIN
                && seen.size() < SEEN_MAX) seen.add(tree.textValue());
    }

    /**
     * Secrets of which some values are known.
     *
     * @param known values that are secret wherever they occur
     * @return the secrets
     */
    public static Secrets of(Collection<String> known) {
        return new Secrets(
                true,
                known.stream()
                        .filter(value -> value.length() >= VALUE_MIN)
                        .sorted((one, other) -> other.length() - one.length())
                        .toList(),
                Redaction.NONE,
                Set.of());
    }

    /**
     * Whether a name says that what it names is secret, such as {@code vnc.passwd} or {@code apiToken}.
     *
     * @param name of a key, or a path of keys
     * @return whether it does
     */
    public static boolean named(String name) {
        String before = "";
        for (String part : WORD_END.split(name, -1)) {
            String word = part.toLowerCase(Locale.ROOT);
            if (WORDS.contains(word) || ENDINGS.stream().anyMatch(word::endsWith)) return true;
            if ((word.equals("key") || word.equals("keys")) && BEFORE_KEY.contains(before))
                return true;
            before = word;
        }
        return false;
    }

    /** {@return what the administrator keeps out} */
    public Redaction redaction() {
        return redaction;
    }

    /** {@return whether anything is hidden at all} */
    public boolean hiding() {
        return hide;
    }

    /**
     * Where known values stand in bytes, as UTF-8.
     *
     * @param bytes such as a page
     * @return the positions that must not be shown
     */
    public BitSet positions(byte[] bytes) {
        BitSet found = new BitSet();
        for (int[] place : redaction.places(new String(bytes, StandardCharsets.ISO_8859_1)))
            found.set(place[0], place[1]);
        List<String> known = new ArrayList<>(values);
        known.addAll(seen);
        for (String value : known) {
            byte[] wanted = value.getBytes(StandardCharsets.UTF_8);
            for (int at = 0; at + wanted.length <= bytes.length; at++)
                if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length))
                    found.set(at, at + wanted.length);
        }
        return found;
    }

    /**
     * These secrets and the known values of others.
     *
     * @param other secrets of the same run
     * @return what hides the values of both, if both hide any
     */
    public Secrets and(Secrets other) {
        List<String> all = new ArrayList<>(values);
        all.addAll(other.values);
        boolean both = hide && other.hide;
        Secrets kept = redaction.isNone() ? other : this;
        return new Secrets(both, both ? of(all).values : List.of(), kept.redaction, kept.seen);
    }

    /**
     * A text without the known values.
     *
     * @param text that a policy or the host says
     * @return the text, the secrets in it replaced
     */
    public String hide(String text) {
        String hidden = text;
        for (String value : values) hidden = hidden.replace(value, HIDDEN);
        for (String value : seen) hidden = hidden.replace(value, HIDDEN);
        List<int[]> places = redaction.places(hidden);
        if (places.isEmpty()) return hidden;
        BitSet kept = new BitSet();
        for (int[] place : places) kept.set(place[0], place[1]);
        var shown = new StringBuilder();
        int at = 0;
        for (int from = kept.nextSetBit(0); from >= 0; from = kept.nextSetBit(at)) {
            shown.append(hidden, at, from).append(HIDDEN);
            at = kept.nextClearBit(from);
        }
        return shown.append(hidden, at, hidden.length()).toString();
    }

    /**
     * A tree without secrets.
     *
     * @param path of the value
     * @param tree to be logged
     * @return the same tree if there are none, else another one
     */
    public JsonNode hide(String path, JsonNode tree) {
        if (!hide && redaction.isNone()) return tree;
        if (hides(path)) return JsonNodeFactory.instance.textNode(HIDDEN);
        return within(tree);
    }

    private boolean hides(String path) {
        return (hide && named(path)) || redaction.keeps(path);
    }

    private JsonNode within(JsonNode tree) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (tree.isObject()) {
            ObjectNode made = nodes.objectNode();
            for (var property : tree.properties())
                made.set(
                        property.getKey(),
                        hides(property.getKey())
                                ? nodes.textNode(HIDDEN)
                                : within(property.getValue()));
            return made;
        }
        if (tree.isArray()) {
            ArrayNode made = nodes.arrayNode(tree.size());
            tree.forEach(item -> made.add(within(item)));
            return made;
        }
        return tree.isTextual() ? nodes.textNode(hide(tree.textValue())) : tree;
    }
}
