package org.xenimage.image.foreign;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.HeapBounds;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads the JSON of an image.
 *
 * <p>A tree takes up to fifty times the memory of its text, so every tree is made within a {@link TreeBudget}; what
 * does not fit is a {@link LimitExceeded}. {@link #find} and {@link #check} make no tree and take the same little
 * memory for a text of any length. Numbers keep their digits. Bytes that are not UTF-8 are read as U+FFFD.
 */
public final class BoundedJson {
    /** How deeply values may be nested. */
    public static final int DEPTH_MAX = StreamReadConstraints.DEFAULT_MAX_DEPTH;

    private static final String FORMAT = "JSON";
    private static final JsonNodeFactory NODES = new JsonNodeFactory(true);

    /** The path component that represents an array. */
    private static final String ARRAY = "[]";

    private BoundedJson() {}

    /** What counts where readers of JSON differ. */
    public enum Rules {
        /** As libxl: the first of equal names counts, and text after the value is a fault. */
        LIBXL,
        /** As most readers: the last of equal names counts, and text after the value is ignored. */
        USUAL
    }

    private static JsonFactory factory(HeapBounds bounds) {
        return new JsonFactoryBuilder()
                // Names of a hostile text would stay in tables of the JVM for good.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .streamReadConstraints(
                        StreamReadConstraints.builder()
                                .maxStringLength(bounds.text())
                                .maxNestingDepth(DEPTH_MAX)
                                .build())
                .build();
    }

    /**
     * Makes a tree.
     *
     * @param text in UTF-8
     * @param rules what is accepted
     * @param place of the text, for messages
     * @param budget for the tree
     * @return the object
     * @throws ImageException a {@link CorruptImage} if the text is not an object, a {@link LimitExceeded} if its tree
     *     is larger than the budget
     */
    public static ObjectNode object(MemorySegment text, Rules rules, Fault place, TreeBudget budget)
            throws ImageException {
        JsonNode tree =
                LibraryCall.decodeInMemory(
                        place,
                        FORMAT,
                        () -> {
                            try (JsonParser parser =
                                    factory(budget.bounds()).createParser(reader(text))) {
                                return tree(new Bounded(parser, budget, place), rules);
                            }
                        });
        if (tree instanceof ObjectNode object) return object;
        throw new CorruptImage(
                place.problem("is not valid JSON")
                        .expected("an object")
                        .found(
                                tree.isMissingNode()
                                        ? "nothing"
                                        : tree.getNodeType().toString().toLowerCase(Locale.ROOT)));
    }

    private static JsonNode tree(Bounded json, Rules rules) throws IOException {
        JsonNode tree = json.nextToken() == null ? NODES.missingNode() : node(json, rules);
        if (rules == Rules.LIBXL && json.nextToken() != null)
            throw new JsonParseException(json, "there is more text after the object");
        return tree;
    }

    /** Builds the value that begins with the current token; the parser bounds its depth. */
    private static JsonNode node(Bounded json, Rules rules) throws IOException {
        return switch (json.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = NODES.objectNode();
                for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
                    json.nextToken();
                    JsonNode value = node(json, rules);
                    if (rules == Rules.USUAL || !object.has(key)) object.set(key, value);
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                while (json.nextToken() != JsonToken.END_ARRAY) array.add(node(json, rules));
                yield array;
            }
            case VALUE_STRING -> NODES.textNode(json.getText());
            case VALUE_NUMBER_INT ->
                    switch (json.getNumberType()) {
                        case INT -> NODES.numberNode(json.getIntValue());
                        case LONG -> NODES.numberNode(json.getLongValue());
                        default -> NODES.numberNode(json.getBigIntegerValue());
                    };
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(json.getDecimalValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
                    throw new JsonParseException(json, "expected a value");
        };
    }

    /**
     * The duplicate names within an object, about which readers disagree.
     *
     * @param text in UTF-8
     * @param place what is read, for messages
     * @param most how many are wanted
     * @return the first few; of a text with more names than fit in memory, those that were read
     * @throws CorruptImage if this is not JSON
     */
    public static List<String> repeated(MemorySegment text, Fault place, int most)
            throws ImageException {
        TreeBudget budget = TreeBudget.here();
        List<String> found = new ArrayList<>();
        LibraryCall.decodeInMemory(
                place,
                FORMAT,
                () -> {
                    Deque<Set<String>> open = new ArrayDeque<>();
                    try (JsonParser json = factory(budget.bounds()).createParser(reader(text))) {
                        while (json.nextToken() != null && found.size() < most) {
                            switch (json.currentToken()) {
                                case START_OBJECT -> open.push(new HashSet<>());
                                case END_OBJECT -> open.pop();
                                case FIELD_NAME -> {
                                    String name = json.currentName();
                                    if (!open.element().add(name)) found.add(name);
                                    if (!budget.take(HeapBounds.TREE_VALUE + 2L * name.length()))
                                        return found;
                                }
                                default -> {}
                            }
                        }
                        return found;
                    }
                });
        return found;
    }

    /**
     * A string as the parser reads it.
     *
     * @param quoted the string with its quotation marks
     * @return what it stands for
     * @throws CorruptImage if it is not a string of JSON
     */
    public static String string(String quoted) throws ImageException {
        return LibraryCall.decodeInMemory(
                Fault.in("a string"),
                FORMAT,
                () -> {
                    try (JsonParser json = factory(HeapBounds.here()).createParser(quoted)) {
                        json.nextToken();
                        return json.getText();
                    }
                });
    }

    /**
     * Makes a tree within a budget of its own.
     *
     * @param text in UTF-8
     * @param rules what is accepted
     * @param place what is read, for messages
     * @return the object
     * @throws ImageException as {@link #object(MemorySegment, Rules, Fault, TreeBudget)}
     */
    public static ObjectNode object(byte[] text, Rules rules, Fault place) throws ImageException {
        return object(MemorySegment.ofArray(text), rules, place, TreeBudget.here());
    }

    /**
     * Looks up some texts and numbers, and makes no tree.
     *
     * @param text in UTF-8
     * @param place what is read, for messages
     * @param paths of values within nested objects, such as {@code c_info/name}
     * @return the values that exist, as text, by path
     * @throws CorruptImage if this is not JSON, as far as it was read
     */
    public static Map<String, String> find(MemorySegment text, Fault place, Set<String> paths)
            throws ImageException {
        Map<String, String> found = new HashMap<>();
        walk(
                text,
                place,
                (path, parser) -> {
                    if (paths.contains(path)) found.put(path, parser.getText());
                });
        return found;
    }

    /**
     * Reads a text to its end, and makes no tree.
     *
     * @param text in UTF-8
     * @param place what is read, for messages
     * @throws CorruptImage if this is not an object of JSON
     */
    public static void check(MemorySegment text, Fault place) throws ImageException {
        walk(text, place, (_, _) -> {});
    }

    private interface Visitor {
        void scalar(String path, JsonParser parser) throws IOException;
    }

    private static void walk(MemorySegment text, Fault place, Visitor visitor)
            throws ImageException {
        JsonToken first =
                LibraryCall.decodeInMemory(
                        place,
                        FORMAT,
                        () -> {
                            try (JsonParser parser =
                                    factory(HeapBounds.here()).createParser(reader(text))) {
                                JsonToken begun = parser.nextToken();
                                if (begun == JsonToken.START_OBJECT) walk(parser, visitor);
                                return begun;
                            }
                        });
        if (first != JsonToken.START_OBJECT)
            throw new CorruptImage(place.expected("a JSON object"));
    }

    private static void walk(JsonParser parser, Visitor visitor) throws IOException {
        Deque<String> within = new ArrayDeque<>();
        String path = "";
        while (true) {
            JsonToken token = parser.nextToken();
            if (token == null || (token.isStructEnd() && within.isEmpty())) return;
            String name = parser.currentName();
            if (token.isStructStart()) {
                within.push(path);
                path = path + (name == null ? ARRAY : name) + "/";
                // No value that is looked up is nested this deeply, and paths would grow with each
                // level.
                if (path.length() > 256) path = ARRAY + "/";
            } else if (token.isStructEnd()) {
                path = within.pop();
            } else if (token.isScalarValue()) {
                visitor.scalar(name == null ? path + ARRAY : path + name, parser);
            }
        }
    }

    /** UTF-8 that need not be copied; NULs at its end do not count. */
    private static Reader reader(MemorySegment text) {
        long length = text.byteSize();
        while (length > 0 && text.get(ValueLayout.JAVA_BYTE, length - 1) == 0) length--;
        return new InputStreamReader(
                new SegmentStream(text.asSlice(0, length)), StandardCharsets.UTF_8);
    }

    /** A parser whose tokens cost something. */
    private static final class Bounded extends JsonParserDelegate {
        private final TreeBudget budget;
        private final Fault place;

        Bounded(JsonParser parser, TreeBudget budget, Fault place) {
            super(parser);
            this.budget = budget;
            this.place = place;
        }

        @Override
        public @Nullable JsonToken nextToken() throws IOException {
            JsonToken token = delegate.nextToken();
            if (token == null || token.isStructEnd()) return token;
            long text =
                    switch (token) {
                        case FIELD_NAME -> delegate.currentName().length();
                        case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                                delegate.getTextLength();
                        default -> 0;
                    };
            if (budget.take(HeapBounds.TREE_VALUE / 2 + 2 * text)) return token;
            throw new LimitExceeded(
                    place.problem("is too large to hold in memory")
                            .expected(
                                    "values that take at most %d MiB together"
                                            .formatted(budget.bounds().trees() >> 20))
                            .found("more")
                            .remedy(budget.bounds().remedy()));
        }

        @Override
        public @Nullable String nextFieldName() throws IOException {
            return nextToken() == JsonToken.FIELD_NAME ? currentName() : null;
        }
    }
}
