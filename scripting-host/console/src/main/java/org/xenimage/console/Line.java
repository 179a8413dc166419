package org.xenimage.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Tells commands from code, and cuts a command into words. */
final class Line {
    /** What follows a name in code: an assignment, a call, a member, an operator with a blank behind it. */
    private static final Pattern OPERATOR =
            Pattern.compile(
                    "=.*|[(\\[,;].*|(?:[-+*/%<>&|^?:.!~]+|in|is|and|or|if)(?:\\s.*|=.*|$)",
                    Pattern.DOTALL);

    private Line() {}

    /** The words of a command that was typed, its name first; nothing if the line is code. */
    static Optional<List<String>> typed(String line, Set<String> names) throws CommandMisused {
        String text = line.strip();
        if (text.startsWith(":")) return Optional.of(words(text.substring(1)));
        int end = 0;
        while (end < text.length() && Character.isLetter(text.charAt(end))) end++;
        if (!names.contains(text.substring(0, end))) return Optional.empty();
        String rest = text.substring(end);
        boolean apart = rest.isEmpty() || Character.isWhitespace(rest.charAt(0));
        if (!apart || text.indexOf('\n') >= 0 || OPERATOR.matcher(rest.strip()).matches())
            return Optional.empty();
        return Optional.of(words(text));
    }

    /** Words are parted by blanks; quotes keep blanks together, a backslash takes the next character as it is. */
    static List<String> words(String text) throws CommandMisused {
        List<String> words = new ArrayList<>();
        var word = new StringBuilder();
        boolean open = false;
        char quote = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length() && quote != '\'') {
                word.append(text.charAt(++i));
                open = true;
            } else if (quote != 0) {
                if (c == quote) quote = 0;
                else word.append(c);
            } else if (c == '"' || c == '\'') {
                quote = c;
                open = true;
            } else if (Character.isWhitespace(c)) {
                if (open) words.add(word.toString());
                word.setLength(0);
                open = false;
            } else {
                word.append(c);
                open = true;
            }
        }
        if (quote != 0) throw new CommandMisused("a quote " + quote + " is not closed");
        if (open) words.add(word.toString());
        return words;
    }
}
