package org.xenimage.script.api;

import java.util.ArrayList;
import java.util.List;

/** Text in lines that are not too long. */
final class WrappedText {
    private static final int WIDTH = 110;

    private WrappedText() {}

    /** Words in lines. */
    static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        var line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            if (!line.isEmpty()) line.append(' ');
            line.append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    /** A doc comment of TypeScript. */
    static String comment(String indent, String text) {
        if (indent.length() + text.length() + 7 <= WIDTH) return indent + "/** " + text + " */\n";
        var made = new StringBuilder(indent).append("/**\n");
        for (String line : wrap(text, WIDTH - indent.length() - 3))
            made.append(indent).append(" * ").append(line).append('\n');
        return made.append(indent).append(" */\n").toString();
    }

    /** A doc comment of a call: what it does, and what each argument is for. */
    static String call(String indent, MemberType member) {
        if (member.parameters().isEmpty()) return comment(indent, member.doc());
        var made = new StringBuilder(indent).append("/**\n");
        List<String> lines = new ArrayList<>(wrap(member.doc(), WIDTH - indent.length() - 3));
        for (CallParameter one : member.parameters())
            lines.add("@param " + one.name() + " " + one.doc());
        for (String line : lines) made.append(indent).append(" * ").append(line).append('\n');
        return made.append(indent).append(" */\n").toString();
    }
}
