package org.xenimage.script.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.graalvm.polyglot.Value;
import org.xenimage.image.page.HexDump;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Secrets;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Values as a person reads them: trees over several lines, wide integers in hexadecimal, bytes as a dump. Bounded,
 * whatever the value.
 */
final class ValueFormatter {
    private static final int WIDTH = 96;
    private static final int ITEMS_MAX = 1000;
    private static final int BYTES_MAX = 4096;
    private static final int LENGTH_MAX = 1 << 20;
    private static final Pattern DUMP_LINE = Pattern.compile("[0-9a-f]{8,16}(  .*)?|\\*");
    private static final BigInteger DECIMAL_MAX = BigInteger.valueOf(0xffff_ffffL);

    private final Values values;
    private final Language language;
    private final Secrets secrets;

    /**
     * A formatter.
     *
     * @param values the bridge to the script's values
     * @param language whose notation is used
     * @param secrets what hides the values of keys that look secret
     */
    ValueFormatter(Values values, Language language, Secrets secrets) {
        this.values = values;
        this.secrets = secrets;
        this.language = language;
    }

    String format(Value value) {
        String length = unbounded(value);
        return length.length() <= LENGTH_MAX
                ? length
                : length.substring(0, LENGTH_MAX) + "\n… cut here";
    }

    private String unbounded(Value value) {
        if (value.isNull()) return value.toString();
        if (value.isProxyObject()) return value.asProxyObject().toString();
        if (value.isString()) {
            String text = value.asString();
            return isDump(text) ? text : node(JsonNodeFactory.instance.textNode(text));
        }
        if (value.isNumber() && value.fitsInBigInteger())
            return integer(value.asBigInteger(), value.toString().endsWith("n"));
        boolean sequence = value.hasBufferElements() || value.hasArrayElements();
        if (!value.isString() && values.isBytes(value)) return bytes(value);
        if (value.canExecute() && !sequence) return value.toString();
        if (sequence || value.hasHashEntries() || value.hasMembers()) return container(value);
        return value.toString();
    }

    /**
     * Whether a text is a hex dump, which has lines. Any other text is quoted: lines of a name could be taken for
     * those of the program.
     */
    private static boolean isDump(String text) {
        return text.indexOf('\n') >= 0
                && text.lines().allMatch(line -> DUMP_LINE.matcher(line).matches());
    }

    private String bytes(Value value) {
        byte[] bytes = values.bytes(value, "bytes");
        int length = Math.min(bytes.length, BYTES_MAX);
        List<String> lines = HexDump.lines(MemorySegment.ofArray(bytes), 0, length, 0);
        String dump = bytes.length == 0 ? "no bytes" : String.join("\n", lines);
        return length < bytes.length
                ? dump + "\n… " + (bytes.length - length) + " bytes more"
                : dump;
    }

    /** A tree where it is one, else what the language itself says; a list of host objects line by line. */
    private String container(Value value) {
        if (value.hasArrayElements() && !value.hasHashEntries()) {
            long size = value.getArraySize();
            boolean host = false;
            for (long i = 0; i < Math.min(size, 16); i++)
                host |= value.getArrayElement(i).isProxyObject();
            if (host) {
                List<String> lines = new ArrayList<>();
                for (long i = 0; i < Math.min(size, ITEMS_MAX); i++)
                    lines.add("%4d  %s".formatted(i, format(value.getArrayElement(i))));
                if (size > ITEMS_MAX) lines.add("… " + (size - ITEMS_MAX) + " more");
                return String.join("\n", lines);
            }
        }
        try {
            return node(secrets.hide("", values.tree(value, "value")));
        } catch (ScriptRefusal e) {
            return value.toString();
        }
    }

    private String node(JsonNode node) {
        return node(node, "");
    }

    private String node(JsonNode node, String indent) {
        if (!node.isContainerNode()) return leaf(node);
        List<String> parts = new ArrayList<>();
        String deeper = indent + "  ";
        if (node.isObject()) {
            for (var property : node.properties())
                parts.add(key(property.getKey()) + ": " + node(property.getValue(), deeper));
        } else {
            for (JsonNode item : node) {
                if (parts.size() == ITEMS_MAX) {
                    parts.add("… " + (node.size() - ITEMS_MAX) + " more");
                    break;
                }
                parts.add(node(item, deeper));
            }
        }
        String open = node.isObject() ? "{" : "[";
        String close = node.isObject() ? "}" : "]";
        String line = open + String.join(", ", parts) + close;
        if (line.length() + indent.length() <= WIDTH && line.indexOf('\n') < 0) return line;
        if (node.isArray() && line.indexOf('\n') < 0) return wrapped(parts, indent);
        return open + "\n" + deeper + String.join(",\n" + deeper, parts) + "\n" + indent + close;
    }

    /** Short items, as many on a line as fit. */
    private static String wrapped(List<String> parts, String indent) {
        var text = new StringBuilder("[");
        int column = 0;
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i) + (i + 1 < parts.size() ? "," : "");
            boolean full = column + part.length() + 1 > WIDTH - indent.length();
            if (i == 0 || full) {
                text.append('\n').append(indent).append("  ");
                column = 2;
            } else {
                text.append(' ');
                column++;
            }
            text.append(part);
            column += part.length();
        }
        return text.append('\n').append(indent).append(']').toString();
    }

    private String key(String name) {
        boolean plain = language == Language.JAVASCRIPT && !name.isEmpty();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            plain &=
                    Character.isLetter(c)
                            || c == '_'
                            || c == '$'
                            || (i > 0 && Character.isDigit(c));
        }
        return plain ? name : leaf(JsonNodeFactory.instance.textNode(name));
    }

    private String leaf(JsonNode node) {
        boolean python = language == Language.PYTHON;
        if (node.isIntegralNumber()) return integer(node.bigIntegerValue(), node.isBigInteger());
        if (python && node.isBoolean()) return node.booleanValue() ? "True" : "False";
        if (python && node.isNull()) return "None";
        if (python && node.isTextual()) return quoted(node.textValue());
        return node.toString();
    }

    private String integer(BigInteger value, boolean wide) {
        String suffix = language == Language.JAVASCRIPT && wide ? "n" : "";
        return value.compareTo(DECIMAL_MAX) > 0
                ? "0x" + value.toString(16) + suffix
                : value + suffix;
    }

    /** As repr does it: single quotes, unless there are such within. */
    private static String quoted(String text) {
        String json = JsonNodeFactory.instance.textNode(text).toString();
        if (text.indexOf('\'') >= 0) return json;
        return "'" + json.substring(1, json.length() - 1).replace("\\\"", "\"") + "'";
    }
}
