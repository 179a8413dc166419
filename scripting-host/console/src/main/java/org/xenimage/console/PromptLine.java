package org.xenimage.console;

import org.jline.reader.EOFError;
import org.jline.reader.Parser;
import org.jline.reader.impl.DefaultParser;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Distinguishes commands from code, and splits a command into words. */
final class PromptLine {
    /** What follows a name in code: an assignment, a call, a member, an operator with a blank behind it. */
    private static final Pattern OPERATOR =
            Pattern.compile(
                    "=.*|[(\\[,;].*|(?:[-+*/%<>&|^?:.!~]+|in|is|and|or|if)(?:\\s.*|=.*|$)",
                    Pattern.DOTALL);

    private PromptLine() {}

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

    /** The words of a command, as {@link #parser} cuts them. */
    static List<String> words(String text) throws CommandMisused {
        String command = text.strip();
        if (command.isEmpty()) return List.of();
        try {
            return parser().parse(command, command.length(), Parser.ParseContext.ACCEPT_LINE)
                    .words();
        } catch (EOFError e) {
            throw new CommandMisused("a quote is not closed: " + command);
        }
    }

    /**
     * Splits a command into words, for running and for completion: words are separated by blanks,
     * quotes protect blanks, a backslash protects the next character.
     */
    static DefaultParser parser() {
        DefaultParser parser = new DefaultParser();
        parser.setEofOnUnclosedQuote(true);
        parser.setEofOnEscapedNewLine(false);
        return parser;
    }
}
