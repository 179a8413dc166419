package org.xenimage.image.element;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.ImageException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The bytes of a JSON text, and edits of single values in them.
 *
 * <p>A config belongs to libxl and to its author: an edit of one key must not change any other
 * byte. The order of keys, white space, number forms such as {@code 1.0} or {@code 1e3}, escapes,
 * invalid UTF-8, lone surrogates, duplicate keys, and everything after the text, survive. So an
 * edit does not print the tree again: it walks the text and the two trees side by side, and
 * replaces only the bytes of values that differ.
 *
 * <ul>
 *   <li>Two numbers are equal if their values are: {@code 1.0} and {@code 1} are.
 *   <li>The order of an object's members does not matter.
 *   <li>A new member is added after the others, a new element at its index; both use the
 *       indentation and separators of their neighbours.
 *   <li>Of duplicate keys, libxl reads the first, and so does {@link LibxlJson#parse}. If its value
 *       is edited or the key is removed, the others go: an old value must not stay in the file.
 * </ul>
 *
 * <p>Not safe for use by several threads. Work is linear in the text; memory is a few words for each member of the
 * objects and arrays that differ.
 */
final class JsonText {
    private final byte[] text;
    private final ByteArrayOutputStream out;
    private int at;

    private JsonText(byte[] text) {
        this.text = text;
        this.out = new ByteArrayOutputStream(text.length + 256);
    }

    /** A member or an element of the text: its position, and the white space around it. */
    private record Item(int lead, int key, int value, int valueEnd, int end, String name) {}

    /** What an object or array of the text becomes, one part after the other. */
    private sealed interface Part {
        record Old(Item item, JsonNode before, JsonNode after) implements Part {}

        record New(String name, JsonNode value) implements Part {}
    }

    /**
     * Edits a text.
     *
     * @param text one JSON object, and whatever follows it, such as a NUL
     * @param edited the object that it is to hold
     * @param element names it in messages
     * @param offset of the text in its source, or {@code Fault.NO_OFFSET}
     * @return the text with that object; the same bytes where nothing differs
     * @throws CorruptImage if the text is not a JSON object
     */
    static byte[] edit(byte[] text, ObjectNode edited, String element, long offset)
            throws IOException {
        ObjectNode before =
                LibxlJson.parse(MemorySegment.ofArray(text), LibxlJson.place(element, offset));
        var edit = new JsonText(text);
        edit.space();
        edit.copy(0, edit.at);
        edit.value(before, edited);
        edit.copy(edit.at, text.length);
        return edit.out.toByteArray();
    }

    private void value(JsonNode before, JsonNode after) {
        int start = at;
        if (same(before, after)) {
            skip();
            copy(start, at);
        } else if (before.isObject()
                && after.isObject()
                && !(before.isEmpty() || after.isEmpty())) {
            object(before, after);
        } else if (before.isArray() && after.isArray() && !(before.isEmpty() || after.isEmpty())) {
            array(before, after);
        } else {
            print(after, indentation(start));
            skip();
        }
    }

    private void object(JsonNode before, JsonNode after) {
        List<Item> items = items(true);
        List<Part> parts = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Item item : items) {
            JsonNode old = before.get(item.name());
            JsonNode wanted = after.get(item.name());
            boolean first = seen.add(item.name());
            if (wanted == null || !(first || same(old, wanted))) continue;
            parts.add(first ? new Part.Old(item, old, wanted) : new Part.Old(item, old, old));
        }
        for (Map.Entry<String, JsonNode> member : after.properties()) {
            if (!seen.contains(member.getKey()))
                parts.add(new Part.New(member.getKey(), member.getValue()));
        }
        write(items, parts);
    }

    private void array(JsonNode before, JsonNode after) {
        List<Item> items = items(false);
        int common = Math.min(before.size(), after.size());
        int head = 0;
        while (head < common && same(before.get(head), after.get(head))) head++;
        int tail = 0;
        while (tail < common - head
                && same(before.get(before.size() - 1 - tail), after.get(after.size() - 1 - tail)))
            tail++;
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < head; i++)
            parts.add(new Part.Old(items.get(i), before.get(i), after.get(i)));
        int paired = Math.min(before.size(), after.size()) - tail;
        for (int i = head; i < after.size() - tail; i++) {
            parts.add(
                    i < paired
                            ? new Part.Old(items.get(i), before.get(i), after.get(i))
                            : new Part.New("", after.get(i)));
        }
        for (int i = tail; i > 0; i--) {
            int old = before.size() - i;
            parts.add(new Part.Old(items.get(old), before.get(old), after.get(after.size() - i)));
        }
        write(items, parts);
    }

    /** Takes the members or elements of the container that begins here, and follows it. */
    private List<Item> items(boolean named) {
        List<Item> items = new ArrayList<>();
        int open = at++;
        while (true) {
            int lead = at;
            space();
            int key = at;
            String name = "";
            if (named) {
                string();
                name = decoded(key, at);
                space();
                at++; // the colon
                space();
            }
            int value = at;
            skip();
            int valueEnd = at;
            space();
            items.add(new Item(lead, key, value, valueEnd, at, name));
            boolean more = text[at++] == ',';
            if (!more) break;
        }
        copy(open, open + 1);
        return items;
    }

    /** Writes what follows the opening bracket, which is not empty before or after. */
    private void write(List<Item> items, List<Part> parts) {
        int behind = at;
        Item last = items.getLast();
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0) out.write(',');
            switch (parts.get(i)) {
                case Part.Old(Item item, JsonNode before, JsonNode after) -> {
                    copy(item.lead(), item.value());
                    at = item.value();
                    value(before, after);
                    if (!item.equals(last)) copy(item.valueEnd(), item.end());
                }
                case Part.New(String name, JsonNode value) -> {
                    Item like = items.getFirst();
                    // the element after a comma in one line has a space in front that the first has
                    // not
                    if (items.size() > 1 && i > 0) like = items.get(1);
                    copy(like.lead(), like.key());
                    if (like.key() < like.value()) {
                        bytes(
                                '"'
                                        + String.valueOf(
                                                JsonStringEncoder.getInstance().quoteAsString(name))
                                        + '"');
                        at = like.key();
                        string();
                        copy(at, like.value());
                    }
                    print(value, indentation(like.key()));
                }
            }
        }
        copy(last.valueEnd(), last.end() + 1);
        at = behind;
    }

    /** The white space between the line's start and a place, if the place is the first of its line. */
    private String indentation(int place) {
        int start = place;
        while (start > 0 && (text[start - 1] == ' ' || text[start - 1] == '\t')) start--;
        // a value after its key has the indentation of the key
        int line = start;
        while (line > 0 && text[line - 1] != '\n') line--;
        if (line == 0) return "";
        int end = line;
        while (end < text.length && (text[end] == ' ' || text[end] == '\t')) end++;
        return "\n" + new String(text, line, end - line, StandardCharsets.ISO_8859_1);
    }

    private void print(JsonNode value, String indentation) {
        String printed =
                indentation.isEmpty() && !pretty()
                        ? LibxlJson.compact(value)
                        : LibxlJson.lines(value);
        // line breaks within strings are escaped, so that these are the printer's own
        bytes(printed.replace("\n", indentation.isEmpty() ? "\n" : indentation));
    }

    private boolean pretty() {
        for (byte one : text) if (one == '\n') return true;
        return false;
    }

    private void bytes(String json) {
        byte[] encoded = LibxlJson.encode(json);
        out.write(encoded, 0, encoded.length);
    }

    private void copy(int from, int to) {
        out.write(text, from, to - from);
    }

    private void space() {
        while (at < text.length
                && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t'))
            at++;
    }

    private void string() {
        at++;
        while (text[at] != '"') at += text[at] == '\\' ? 2 : 1;
        at++;
    }

    /** Skips a value; the text is known to be JSON. */
    private void skip() {
        switch (text[at]) {
            case '"' -> string();
            case '{', '[' -> {
                int depth = 0;
                do {
                    byte one = text[at];
                    if (one == '"') {
                        string();
                        continue;
                    }
                    if (one == '{' || one == '[') depth++;
                    if (one == '}' || one == ']') depth--;
                    at++;
                } while (depth > 0);
            }
            default -> {
                while (at < text.length && ",]} \n\r\t\0".indexOf(text[at]) < 0) at++;
            }
        }
    }

    /** A key as the parser reads it. */
    private String decoded(int from, int to) {
        String key = new String(text, from, to - from, StandardCharsets.UTF_8);
        if (key.indexOf('\\') < 0) return key.substring(1, key.length() - 1);
        try {
            return LibxlJson.string(key);
        } catch (ImageException e) {
            throw new IllegalStateException("a key that the parser took: " + key, e);
        }
    }

    /** Whether two trees say the same: numbers by their values, members in any order. */
    static boolean same(JsonNode one, JsonNode other) {
        if (one.isNumber() && other.isNumber() && !notFinite(one) && !notFinite(other))
            return one.decimalValue().compareTo(other.decimalValue()) == 0;
        if (one.isObject() && other.isObject()) {
            if (one.size() != other.size()) return false;
            for (Map.Entry<String, JsonNode> member : one.properties()) {
                JsonNode there = other.get(member.getKey());
                if (there == null || !same(member.getValue(), there)) return false;
            }
            return true;
        }
        if (one.isArray() && other.isArray()) {
            if (one.size() != other.size()) return false;
            for (int i = 0; i < one.size(); i++) if (!same(one.get(i), other.get(i))) return false;
            return true;
        }
        return one.equals(other);
    }

    private static boolean notFinite(JsonNode number) {
        return (number.isDouble() || number.isFloat()) && !Double.isFinite(number.doubleValue());
    }
}
