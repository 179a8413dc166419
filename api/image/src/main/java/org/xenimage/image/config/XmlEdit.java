package org.xenimage.image.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.layout.FieldRejected;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Edits of single values in the text of a domain's XML: walks the text and two trees of it side by
 * side, and replaces the bytes of what differs.
 *
 * <ul>
 *   <li>A changed attribute or text is replaced within its quotation marks or tags.
 *   <li>A new element follows the last one of its name, or else all others, with the indentation of
 *       its neighbours. A removed one goes with the white space before it.
 *   <li>Text that stands between elements cannot be edited: which part of it is meant?
 * </ul>
 *
 * <p>Not safe for use by several threads. Work is linear in the text.
 */
final class XmlEdit {
    private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}._:-]*");
    private static final int DEPTH_MAX = 100;

    private final byte[] text;
    private final XmlElement root;
    private final char quote;
    private final List<Splice> splices = new ArrayList<>();

    /** Bytes of the text that others take the place of. */
    private record Splice(int from, int to, String by) {}

    /** What a value of the tree says of an element. */
    private record Content(
            SequencedMap<String, String> attributes,
            String text,
            SequencedMap<String, List<JsonNode>> children) {
        static Content of(JsonNode value, String path) {
            var content = new Content(new LinkedHashMap<>(), "", new LinkedHashMap<>());
            if (value.isArray()) throw new FieldRejected(path, "a text or an object", "an array");
            if (!value.isObject()) return content.withText(scalar(value, path));
            String text = "";
            for (Map.Entry<String, JsonNode> member : value.properties()) {
                String name = member.getKey();
                JsonNode one = member.getValue();
                String at = path.isEmpty() ? name : path + "." + name;
                if (name.equals(DomainXml.TEXT)) {
                    text = scalar(one, at);
                } else if (name.startsWith(DomainXml.ATTRIBUTE)) {
                    requireName(name.substring(DomainXml.ATTRIBUTE.length()), at);
                    if (one.isNull()) throw new FieldRejected(at, "a text", "nothing");
                    content.attributes.put(name.substring(1), scalar(one, at));
                } else {
                    requireName(name, at);
                    List<JsonNode> all = new ArrayList<>();
                    if (one.isArray()) one.forEach(all::add);
                    else all.add(one);
                    if (!all.isEmpty()) content.children.put(name, all);
                }
            }
            return content.withText(text);
        }

        private Content withText(String other) {
            String kept = children.isEmpty() ? other : other.strip();
            return new Content(attributes, kept.isBlank() ? "" : kept, children);
        }

        private static void requireName(String name, String path) {
            if (!NAME.matcher(name).matches())
                throw new FieldRejected(path, "a name that XML allows", "\"" + name + "\"");
        }

        private static String scalar(JsonNode value, String path) {
            if (value.isNull() || value.isMissingNode()) return "";
            if (value.isContainerNode())
                throw new FieldRejected(path, "a text", value.isArray() ? "an array" : "an object");
            String text = value.asText();
            text.codePoints()
                    .filter(one -> !allowed(one))
                    .findFirst()
                    .ifPresent(one -> {
                        throw new FieldRejected(
                                path, "characters that XML allows", "U+%04X".formatted(one));
                    });
            return text;
        }

        private static boolean allowed(int one) {
            return one == '\t'
                    || one == '\n'
                    || one == '\r'
                    || (one >= 0x20 && one < 0xd800)
                    || (one > 0xdfff && one != 0xfffe && one != 0xffff);
        }
    }

    XmlEdit(byte[] text) {
        this.text = text;
        this.root = XmlElement.scan(text);
        this.quote = root.quote(text);
    }

    byte[] apply(ObjectNode before, ObjectNode after) {
        element(root, before, after, "", 0);
        splices.sort(Comparator.comparingInt(Splice::from).thenComparingInt(Splice::to));
        var out = new ByteArrayOutputStream(text.length + 256);
        int at = 0;
        for (Splice splice : splices) {
            out.write(text, at, splice.from() - at);
            out.writeBytes(splice.by().getBytes(StandardCharsets.UTF_8));
            at = splice.to();
        }
        out.write(text, at, text.length - at);
        return out.toByteArray();
    }

    private static void requireDepth(String path, int depth) {
        if (depth > DEPTH_MAX)
            throw new FieldRejected(path, "at most %d levels".formatted(DEPTH_MAX), "more");
    }

    /** Whether two values say the same of an element; numbers and truth values are their texts. */
    private static boolean same(JsonNode one, JsonNode other, String path, int depth) {
        requireDepth(path, depth);
        if (one.equals(other)) return true;
        Content first = Content.of(one, path);
        Content second = Content.of(other, path);
        if (!first.attributes().equals(second.attributes())
                || !first.text().equals(second.text())
                || !first.children().keySet().equals(second.children().keySet())) return false;
        for (Map.Entry<String, List<JsonNode>> child : first.children().entrySet()) {
            List<JsonNode> there = second.children().getOrDefault(child.getKey(), List.of());
            if (child.getValue().size() != there.size()) return false;
            for (int i = 0; i < there.size(); i++)
                if (!same(child.getValue().get(i), there.get(i), path, depth + 1)) return false;
        }
        return true;
    }

    private void element(
            XmlElement there, JsonNode before, JsonNode after, String path, int depth) {
        if (same(before, after, path, depth)) return;
        Content old = Content.of(before, path);
        Content wanted = Content.of(after, path);
        attributes(there, old, wanted);
        if (!old.text().equals(wanted.text())) {
            if (!old.children().isEmpty() && !wanted.children().isEmpty())
                throw new FieldRejected(
                        path + "." + DomainXml.TEXT,
                        "the same text, which is between elements",
                        "another");
            content(there, inner(wanted, path, indentation(there), depth));
            return;
        }
        children(there, old, wanted, path, depth);
    }

    private void attributes(XmlElement there, Content old, Content wanted) {
        for (XmlElement.Attribute attribute : there.attributes()) {
            String value = wanted.attributes().get(attribute.name());
            if (value == null) {
                splices.add(new Splice(attribute.lead(), attribute.end(), ""));
            } else if (!value.equals(old.attributes().get(attribute.name()))) {
                char mark = (char) text[attribute.end() - 1];
                splices.add(
                        new Splice(attribute.value(), attribute.end() - 1, escaped(value, mark)));
            }
        }
        for (Map.Entry<String, String> one : wanted.attributes().entrySet()) {
            if (!old.attributes().containsKey(one.getKey()))
                splices.add(
                        new Splice(
                                there.attributesEnd(),
                                there.attributesEnd(),
                                attribute(one.getKey(), one.getValue(), quote)));
        }
    }

    private void children(XmlElement there, Content old, Content wanted, String path, int depth) {
        Set<String> names = new LinkedHashSet<>(old.children().keySet());
        names.addAll(wanted.children().keySet());
        var added = new StringBuilder();
        for (String name : names) {
            String at = path.isEmpty() ? name : path + "." + name;
            added.append(
                    several(
                            there,
                            there.children(name),
                            old.children().getOrDefault(name, List.of()),
                            wanted.children().getOrDefault(name, List.of()),
                            at,
                            depth + 1));
        }
        if (!added.isEmpty()) append(there, added.toString());
    }

    /** Edits the elements of one name; returns what is to follow all children. */
    private String several(
            XmlElement parent,
            List<XmlElement> there,
            List<JsonNode> before,
            List<JsonNode> after,
            String path,
            int depth) {
        String name = path.substring(path.lastIndexOf('.') + 1);
        int common = Math.min(before.size(), after.size());
        int head = 0;
        while (head < common && same(before.get(head), after.get(head), path, depth)) head++;
        int tail = 0;
        while (tail < common - head
                && same(
                        before.get(before.size() - 1 - tail),
                        after.get(after.size() - 1 - tail),
                        path,
                        depth)) tail++;
        int paired = common - tail;
        for (int i = head; i < paired; i++)
            element(there.get(i), before.get(i), after.get(i), path, depth);
        for (int i = paired; i < before.size() - tail; i++)
            splices.add(new Splice(lead(there.get(i)), there.get(i).end(), ""));
        var added = new StringBuilder();
        String indentation = there.isEmpty() ? inner(parent) : white(there.getFirst());
        for (int i = paired; i < after.size() - tail; i++)
            added.append(indentation).append(printed(name, after.get(i), path, indentation, depth));
        if (added.isEmpty() || there.isEmpty()) return added.toString();
        if (paired > 0) {
            int place = there.get(paired - 1).end();
            splices.add(new Splice(place, place, added.toString()));
        } else {
            int place = lead(there.getFirst());
            splices.add(new Splice(place, place, added.toString()));
        }
        return "";
    }

    /** Puts elements behind all others of their parent. */
    private void append(XmlElement parent, String elements) {
        if (!parent.children().isEmpty()) {
            int place = parent.children().getLast().end();
            splices.add(new Splice(place, place, elements));
        } else if (parent.empty()) {
            content(parent, elements + indentation(parent));
        } else {
            int place = parent.contentEnd();
            while (place > parent.tagEnd() && blank(text[place - 1])) place--;
            boolean closed = place == parent.contentEnd();
            splices.add(
                    new Splice(place, place, closed ? elements + indentation(parent) : elements));
        }
    }

    /** Replaces everything between the tags of an element. */
    private void content(XmlElement there, String by) {
        if (!there.empty()) {
            splices.add(new Splice(there.tagEnd(), there.contentEnd(), by));
        } else if (!by.isEmpty()) {
            splices.add(
                    new Splice(
                            there.tagEnd() - 2,
                            there.tagEnd(),
                            ">" + by + "</" + there.name() + ">"));
        }
    }

    /** Where the white space in front of an element begins. */
    private int lead(XmlElement there) {
        int at = there.start();
        while (at > 0 && blank(text[at - 1])) at--;
        return at;
    }

    private static boolean blank(byte one) {
        return one == ' ' || one == '\n' || one == '\r' || one == '\t';
    }

    private String white(XmlElement there) {
        int from = lead(there);
        return new String(text, from, there.start() - from, StandardCharsets.ISO_8859_1);
    }

    /** The line break and the indentation of an element; nothing if it does not begin a line. */
    private String indentation(XmlElement there) {
        if (there == root) return white(there).contains("\n") ? white(there) : pretty() ? "\n" : "";
        String white = white(there);
        return white.contains("\n") ? white : "";
    }

    private boolean pretty() {
        return !root.children().isEmpty() && white(root.children().getFirst()).contains("\n");
    }

    /** The indentation of the children of an element. */
    private String inner(XmlElement parent) {
        if (!parent.children().isEmpty()) return white(parent.children().getFirst());
        String own = indentation(parent);
        return own.isEmpty() ? "" : own + "  ";
    }

    private String inner(Content content, String path, String indentation, int depth) {
        return inner(content, path, indentation, depth, quote);
    }

    private String printed(
            String name, JsonNode value, String path, String indentation, int depth) {
        return printed(name, value, path, indentation, depth, quote);
    }

    private static String inner(
            Content content, String path, String indentation, int depth, char quote) {
        var out = new StringBuilder(escaped(content.text(), '\0'));
        if (content.children().isEmpty()) return out.toString();
        String deeper = indentation.isEmpty() ? "" : indentation + "  ";
        content.children()
                .forEach((name, all) -> {
                    for (JsonNode one : all)
                        out.append(deeper)
                                .append(
                                        printed(
                                                name,
                                                one,
                                                path + "." + name,
                                                deeper,
                                                depth + 1,
                                                quote));
                });
        return out.append(indentation).toString();
    }

    private static String printed(
            String name, JsonNode value, String path, String indentation, int depth, char quote) {
        requireDepth(path, depth);
        Content content = Content.of(value, path);
        var out = new StringBuilder("<").append(name);
        content.attributes().forEach((key, one) -> out.append(attribute(key, one, quote)));
        String inner = inner(content, path, indentation, depth, quote);
        if (inner.isEmpty()) return out.append("/>").toString();
        return out.append('>').append(inner).append("</").append(name).append('>').toString();
    }

    /** A whole domain, as libvirt prints it, with a NUL. */
    static byte[] print(ObjectNode tree) {
        String printed = printed(DomainXml.ROOT, tree, "", "\n", 0, '\'');
        return (printed + "\n\0").getBytes(StandardCharsets.UTF_8);
    }

    private static String attribute(String name, String value, char quote) {
        return " " + name + "=" + quote + escaped(value, quote) + quote;
    }

    /** A text within tags, or an attribute within quotation marks. */
    private static String escaped(String value, char quote) {
        var out = new StringBuilder(value.length() + 16);
        for (int i = 0; i < value.length(); i++) {
            char one = value.charAt(i);
            switch (one) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '\r' -> out.append("&#13;");
                case '\n', '\t' -> {
                    if (quote == '\0') out.append(one);
                    else out.append("&#").append((int) one).append(';');
                }
                case '"', '\'' -> {
                    if (one != quote) out.append(one);
                    else out.append(one == '"' ? "&quot;" : "&apos;");
                }
                default -> out.append(one);
            }
        }
        return out.toString();
    }
}
