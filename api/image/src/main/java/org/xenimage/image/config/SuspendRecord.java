package org.xenimage.image.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.foreign.TreeBudget;
import org.xenimage.image.io.HeapBounds;
import org.xenimage.image.layout.FieldRejected;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The record with which xenopsd describes a suspended domain ({@code suspend_image.ml},
 * {@code Xenops_record}): an s-expression in the syntax of OCaml's sexplib, a list of names with
 * their values: {@code ((time T)(word_size 64)(vm_str "…")(xs_subtree ((path value) …)))}.
 *
 * <p>As a tree, the record is an object, an atom a text, and any other list an array. Quoted atoms
 * may have escapes, and comments may be anywhere.
 *
 * <p>An edit replaces the bytes of what differs; all others stay the same. Not safe for use by
 * several threads. Work is linear in the text.
 */
public final class SuspendRecord {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int DEPTH_MAX = 200;

    private final byte[] text;
    private final Fault place;
    private final TreeBudget budget = TreeBudget.here();
    private int at;
    private int depth;

    private SuspendRecord(byte[] text, Fault place) {
        this.text = text;
        this.place = place;
    }

    /** A value and where it stands. */
    private sealed interface Expression {
        int start();

        int end();

        record Atom(int start, int end, String value) implements Expression {}

        record Items(int start, int end, List<Expression> all) implements Expression {}

        default JsonNode tree() {
            return switch (this) {
                case Atom atom -> NODES.textNode(atom.value());
                case Items items -> {
                    ArrayNode array = NODES.arrayNode();
                    for (Expression one : items.all()) array.add(one.tree());
                    yield array;
                }
            };
        }
    }

    /** Bytes of the text that others take the place of. */
    private record Splice(int from, int to, String by) {}

    /**
     * Makes the tree.
     *
     * @param text the bytes of the record
     * @param place of it, for messages
     * @return the object
     * @throws ImageException a {@link CorruptImage} if this is not such a record, a {@link LimitExceeded} if it is
     *     too large or too deep
     */
    public static ObjectNode parse(MemorySegment text, Fault place) throws ImageException {
        ObjectNode tree = NODES.objectNode();
        for (Map.Entry<String, Expression.Items> one :
                new SuspendRecord(text.toArray(ValueLayout.JAVA_BYTE), place).members().entrySet())
            tree.set(one.getKey(), one.getValue().all().get(1).tree());
        return tree;
    }

    /**
     * Edits the text.
     *
     * @param text the bytes of the record
     * @param wanted the tree that it is to have
     * @param place of it, for messages
     * @return the text with that tree; the same bytes where nothing differs
     * @throws ImageException as {@link #parse}
     * @throws FieldRejected if an s-expression cannot hold the tree
     */
    public static byte[] edit(byte[] text, ObjectNode wanted, Fault place) throws ImageException {
        var record = new SuspendRecord(text, place);
        SequencedMap<String, Expression.Items> members = record.members();
        List<Splice> splices = new ArrayList<>();
        int last = record.at - 1; // the closing parenthesis
        for (Map.Entry<String, Expression.Items> one : members.entrySet()) {
            JsonNode value = wanted.get(one.getKey());
            Expression.Items pair = one.getValue();
            if (value == null) splices.add(new Splice(pair.start(), pair.end(), ""));
            else edit(pair.all().get(1), value, one.getKey(), splices);
            last = pair.end();
        }
        for (Map.Entry<String, JsonNode> one : wanted.properties()) {
            if (members.containsKey(one.getKey())) continue;
            String pair =
                    "(%s %s)"
                            .formatted(
                                    atom(one.getKey()), printed(one.getValue(), one.getKey(), 0));
            splices.add(new Splice(last, last, pair));
        }
        return record.spliced(splices);
    }

    /**
     * Prints a record.
     *
     * @param tree of it
     * @return the text
     * @throws FieldRejected as {@link #edit}
     */
    public static byte[] print(ObjectNode tree) {
        var out = new StringBuilder("(");
        for (Map.Entry<String, JsonNode> one : tree.properties())
            out.append('(')
                    .append(atom(one.getKey()))
                    .append(' ')
                    .append(printed(one.getValue(), one.getKey(), 0))
                    .append(')');
        return out.append(')').toString().getBytes(StandardCharsets.UTF_8);
    }

    private byte[] spliced(List<Splice> splices) {
        splices.sort(Comparator.comparingInt(Splice::from).thenComparingInt(Splice::to));
        var out = new ByteArrayOutputStream(text.length + 64);
        int from = 0;
        for (Splice splice : splices) {
            out.write(text, from, splice.from() - from);
            out.writeBytes(splice.by().getBytes(StandardCharsets.UTF_8));
            from = splice.to();
        }
        out.write(text, from, text.length - from);
        return out.toByteArray();
    }

    private static void edit(Expression there, JsonNode wanted, String path, List<Splice> splices) {
        switch (there) {
            case Expression.Atom(_, _, String value)
                    when wanted.isValueNode() && wanted.asText().equals(value) -> {}
            case Expression.Items(_, _, List<Expression> all)
                    when wanted.isArray() && wanted.size() == all.size() -> {
                for (int i = 0; i < all.size(); i++)
                    edit(all.get(i), wanted.get(i), "%s[%d]".formatted(path, i), splices);
            }
            case Expression.Atom _, Expression.Items _ ->
                    splices.add(new Splice(there.start(), there.end(), printed(wanted, path, 0)));
        }
    }

    private static String printed(JsonNode value, String path, int depth) {
        if (depth > DEPTH_MAX)
            throw new FieldRejected(path, "at most %d levels".formatted(DEPTH_MAX), "more");
        if (value.isObject() || value.isNull())
            throw new FieldRejected(
                    path, "a text or an array", value.isNull() ? "nothing" : "an object");
        if (!value.isArray()) return atom(value.asText());
        var out = new StringBuilder("(");
        for (int i = 0; i < value.size(); i++) {
            if (i > 0) out.append(' ');
            out.append(printed(value.get(i), "%s[%d]".formatted(path, i), depth + 1));
        }
        return out.append(')').toString();
    }

    /** An atom as sexplib prints it: quoted where it must be, what is not printable by its number. */
    private static String atom(String value) {
        boolean plain = !value.isEmpty() && !value.contains("|#") && !value.contains("#|");
        for (int i = 0; i < value.length(); i++) {
            char one = value.charAt(i);
            plain &= one > ' ' && one < 0x7f && "()\";\\".indexOf(one) < 0;
        }
        if (plain && !value.startsWith("#;")) return value;
        var out = new StringBuilder("\"");
        for (byte each : value.getBytes(StandardCharsets.UTF_8)) {
            int one = Byte.toUnsignedInt(each);
            if (one == '"' || one == '\\') out.append('\\').append((char) one);
            else if (one == '\n') out.append("\\n");
            else if (one >= ' ' && one < 0x7f) out.append((char) one);
            else out.append("\\%03d".formatted(one));
        }
        return out.append('"').toString();
    }

    /** The pairs of the record, by name; ends behind its closing parenthesis. */
    private SequencedMap<String, Expression.Items> members() throws ImageException {
        Expression whole = expression();
        int end = at;
        space();
        if (at < text.length) throw malformed("there is more text after the record");
        at = end;
        if (!(whole instanceof Expression.Items record)) throw malformed("it is not a list");
        SequencedMap<String, Expression.Items> members = new LinkedHashMap<>();
        for (Expression one : record.all()) {
            if (!(one instanceof Expression.Items pair
                    && pair.all().size() == 2
                    && pair.all().getFirst() instanceof Expression.Atom name))
                throw malformed("it is not a list of names with their values");
            if (members.putIfAbsent(name.value(), pair) != null)
                throw malformed("the name %s appears twice".formatted(name.value()));
        }
        return members;
    }

    private Expression expression() throws ImageException {
        space();
        if (at >= text.length) throw malformed("it ends too early");
        int start = at;
        if (text[at] == ')') throw malformed("a parenthesis closes nothing");
        if (text[at] != '(') return text[at] == '"' ? quoted() : plain();
        if (++depth > DEPTH_MAX)
            throw new LimitExceeded(
                    place.problem("is nested too deeply")
                            .expected("at most %d levels".formatted(DEPTH_MAX))
                            .remedy("the image was made to exhaust memory, or is damaged"));
        at++;
        List<Expression> all = new ArrayList<>();
        take(0);
        while (true) {
            space();
            if (at >= text.length) throw malformed("it ends too early");
            if (text[at] == ')') break;
            all.add(expression());
        }
        at++;
        depth--;
        return new Expression.Items(start, at, all);
    }

    private Expression plain() throws ImageException {
        int start = at;
        while (at < text.length && " \t\n\r\f()\";".indexOf(text[at]) < 0) at++;
        take(at - start);
        return new Expression.Atom(
                start, at, new String(text, start, at - start, StandardCharsets.UTF_8));
    }

    private Expression quoted() throws ImageException {
        int start = at++;
        var value = new ByteArrayOutputStream();
        while (true) {
            if (at >= text.length) throw malformed("a quoted text does not end");
            byte one = text[at++];
            if (one == '"') break;
            if (one == '\\') escape(value);
            else value.write(one);
        }
        take(value.size());
        return new Expression.Atom(start, at, value.toString(StandardCharsets.UTF_8));
    }

    private void escape(ByteArrayOutputStream value) throws ImageException {
        if (at >= text.length) throw malformed("a quoted text does not end");
        byte one = text[at++];
        switch (one) {
            case 'n' -> value.write('\n');
            case 't' -> value.write('\t');
            case 'b' -> value.write('\b');
            case 'r' -> value.write('\r');
            case '\n' -> {
                while (at < text.length && (text[at] == ' ' || text[at] == '\t')) at++;
            }
            case 'x' -> value.write(number(2, 16));
            case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> {
                at--;
                value.write(number(3, 10));
            }
            case '\\', '"', '\'', ' ' -> value.write(one);
            default -> {
                value.write('\\');
                value.write(one);
            }
        }
    }

    private int number(int digits, int radix) throws ImageException {
        int number = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < text.length ? Character.digit((char) text[at], radix) : -1;
            if (digit < 0) throw malformed("an escape is not a number");
            number = number * radix + digit;
            at++;
        }
        if (number > 0xff) throw malformed("an escape is more than a byte");
        return number;
    }

    /** Passes white space and comments. */
    private void space() throws ImageException {
        while (at < text.length) {
            byte one = text[at];
            byte next = at + 1 < text.length ? text[at + 1] : 0;
            if (" \t\n\r\f".indexOf(one) >= 0) {
                at++;
            } else if (one == ';') {
                while (at < text.length && text[at] != '\n') at++;
            } else if (one == '#' && next == '|') {
                block();
            } else if (one == '#' && next == ';') {
                at += 2;
                depth++;
                if (depth > DEPTH_MAX) throw malformed("comments are nested too deeply");
                expression();
                depth--;
            } else {
                return;
            }
        }
    }

    private void block() throws ImageException {
        int open = 0;
        do {
            if (at + 1 >= text.length) throw malformed("a comment does not end");
            boolean begins = text[at] == '#' && text[at + 1] == '|';
            boolean ends = text[at] == '|' && text[at + 1] == '#';
            if (begins) open++;
            if (ends) open--;
            at += begins || ends ? 2 : 1;
        } while (open > 0);
    }

    private void take(long characters) throws LimitExceeded {
        if (budget.take(HeapBounds.TREE_VALUE + 2 * characters)) return;
        throw new LimitExceeded(
                place.problem("is too large to hold in memory")
                        .expected(
                                "values that take at most %d MiB together"
                                        .formatted(budget.bounds().trees() >> 20))
                        .found("more")
                        .remedy(budget.bounds().remedy()));
    }

    private CorruptImage malformed(String why) {
        return new CorruptImage(
                place.problem(
                        "is not a valid record of xenopsd: %s, at byte %d".formatted(why, at)));
    }
}
