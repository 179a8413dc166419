package org.xenimage.script.header;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The text that a module says about itself before its code: a comment of JavaScript, a docstring of Python. */
public final class LeadingText {
    private static final List<String> QUOTES = List.of("\"\"\"", "'''");

    private LeadingText() {}

    /**
     * Reads the block or line comment that a JavaScript module begins with.
     *
     * @param source of the module
     * @return its lines without the marks, empty if there is none
     */
    public static String js(String source) {
        String text = source.stripLeading();
        if (text.startsWith("/*")) {
            int end = text.indexOf("*/", 2);
            return end < 0
                    ? ""
                    : text.substring(2, end)
                            .lines()
                            .map(line -> line.strip().replaceFirst("^\\*+ ?", ""))
                            .collect(Collectors.joining("\n"))
                            .strip();
        }
        return marked(text, "//");
    }

    /**
     * Reads the docstring, or else the line comments, that a Python module begins with.
     *
     * @param source of the module
     * @return its lines, empty if there is none
     */
    public static String python(String source) {
        String text = source.stripLeading();
        if (text.startsWith("r")) text = text.substring(1);
        for (String quotes : QUOTES) {
            if (!text.startsWith(quotes)) continue;
            int end = text.indexOf(quotes, quotes.length());
            return end < 0 ? "" : text.substring(quotes.length(), end).stripIndent().strip();
        }
        return marked(text, "#");
    }

    private static String marked(String text, String mark) {
        List<String> lines = new ArrayList<>();
        for (String line : text.lines().toList()) {
            if (!line.startsWith(mark)) break;
            if (!line.startsWith("#!")) lines.add(line.substring(mark.length()).strip());
        }
        return String.join("\n", lines).strip();
    }
}
