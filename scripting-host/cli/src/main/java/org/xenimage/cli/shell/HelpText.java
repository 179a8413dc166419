package org.xenimage.cli.shell;

import org.xenimage.cli.output.TextOutput;

import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The help of a command, for a terminal of any width.
 *
 * <p>Descriptions are paragraphs that wrap. Examples are commands that run: one that is too long
 * for the terminal continues after a backslash.
 */
public final class HelpText {
    private static final int USUAL_WIDTH = 80;
    private static final int WIDTH_MIN = 40;
    private static final int WIDTH_MAX = 120;
    private static final int SUMMARY_MAX = 70;

    /** Where descriptions begin. */
    private static final int COLUMN = 26;

    private final CommandLine command;

    private HelpText(CommandLine command) {
        this.command = command;
    }

    /**
     * The text below the options.
     *
     * @param heading without a colon
     * @param verbatim whether the lines are to stay unchanged: commands, a table
     * @param lines of the section
     */
    record Section(String heading, boolean verbatim, List<String> lines) {
        Section {
            lines = List.copyOf(lines);
        }

        boolean examples() {
            return heading.equals("Examples");
        }
    }

    /**
     * The help of a command.
     *
     * @param command whose help is wanted
     * @return the text
     */
    public static HelpText of(CommandLine command) {
        return new HelpText(command);
    }

    /**
     * Prints the help, as wide as the terminal is.
     *
     * @param out takes it
     */
    public void print(TextOutput out) {
        out.lines(text(TerminalWidth.columns().orElse(USUAL_WIDTH)));
    }

    /**
     * The help as text.
     *
     * @param columns of the terminal
     * @return lines, none longer than that except for a word that is
     */
    public String text(int columns) {
        int width = Math.clamp(columns, WIDTH_MIN, WIDTH_MAX);
        CommandSpec spec = command.getCommandSpec();
        var text = new StringBuilder();
        wrap(text, "Usage: " + synopsis(spec), "           ", width);
        text.append('\n').append(paragraphs(List.of(spec.usageMessage().description()), width));
        if (!spec.positionalParameters().isEmpty()) {
            text.append("\nArguments:\n");
            for (PositionalParamSpec operand : spec.positionalParameters())
                row(text, operand.paramLabel(), description(operand), width);
        }
        text.append("\nOptions:\n");
        options(spec).forEach(option -> row(text, names(option), description(option), width));
        if (!spec.subcommands().isEmpty()) {
            text.append("\nCommands:\n");
            spec.subcommands()
                    .forEach((name, child) ->
                            row(
                                    text,
                                    name,
                                    String.join(
                                            " ", child.getCommandSpec().usageMessage().header()),
                                    width));
        }
        return text.append(footer(width)).toString();
    }

    /** {@return how a command is written} */
    static String synopsis(CommandSpec spec) {
        var line = new StringBuilder(spec.qualifiedName(" ")).append(" [OPTION]...");
        if (!spec.subcommands().isEmpty()) line.append(" COMMAND");
        for (PositionalParamSpec operand : spec.positionalParameters()) {
            String label = operand.paramLabel();
            if (operand.arity().isVariable() || operand.index().isVariable()) label += "...";
            if (spec.parser().stopAtPositional()) label = "-- " + label;
            line.append(' ').append(operand.required() ? label : "[" + label + "]");
        }
        return line.toString();
    }

    /** {@return the options by name, those that every command has last} */
    static List<OptionSpec> options(CommandSpec spec) {
        return spec.options().stream()
                .filter(option -> !option.hidden())
                .sorted(
                        Comparator.comparing((OptionSpec option) -> option.usageHelp())
                                .thenComparing(
                                        option -> option.longestName().replaceFirst("^-+", "")))
                .toList();
    }

    /** {@return an option's names, and what it takes} */
    static String names(OptionSpec option) {
        String names = String.join(", ", option.names());
        if (option.arity().max() == 0) return names;
        return option.arity().min() > 0
                ? names + " " + option.paramLabel()
                : names + "[=" + option.paramLabel() + "]";
    }

    private static void row(StringBuilder text, String name, String description, int width) {
        String before = "  " + name;
        if (before.length() + 2 > COLUMN) text.append(before).append('\n');
        else text.append(before);
        var lines = new StringBuilder();
        wrap(lines, " ".repeat(COLUMN) + description, " ".repeat(COLUMN), width);
        text.append(before.length() + 2 > COLUMN ? lines : lines.substring(before.length()));
    }

    /** The examples of a command, as someone would type them. */
    static List<String> examples(CommandSpec spec) {
        return sections(spec).stream()
                .filter(Section::examples)
                .flatMap(section -> section.lines().stream())
                .toList();
    }

    /** The sections below the options. */
    static List<Section> sections(CommandSpec spec) {
        UsageMessageSpec usage = spec.usageMessage();
        List<Section> sections = new ArrayList<>();
        String heading = plain(usage.footerHeading()).strip();
        List<String> lines = new ArrayList<>();
        for (String raw : usage.footer()) {
            String line = plain(raw);
            boolean next = !line.isBlank() && !line.startsWith(" ") && line.endsWith(":");
            if (next) {
                add(sections, heading, lines);
                heading = line;
                lines = new ArrayList<>();
            } else if (!line.isBlank()) lines.add(line);
        }
        add(sections, heading, lines);
        return sections;
    }

    private static void add(List<Section> sections, String heading, List<String> lines) {
        if (lines.isEmpty()) return;
        String name = heading.endsWith(":") ? heading.substring(0, heading.length() - 1) : heading;
        boolean verbatim = lines.stream().allMatch(line -> line.startsWith(" "));
        sections.add(new Section(name.isEmpty() ? "Notes" : name, verbatim, lines));
    }

    /** Text without the escapes that format strings have. */
    static String plain(String text) {
        return text.replace("%n", "\n").replace("%%", "%");
    }

    /** {@return the description of an option or an operand, on one line} */
    static String description(ArgSpec arg) {
        return plain(String.join(" ", arg.description())).replaceAll("\\s+", " ").strip();
    }

    /** {@return the beginning of a description, for a list of candidates} */
    static String summary(ArgSpec arg) {
        String text = description(arg).replaceFirst("[;(].*", "").strip();
        return text.length() <= SUMMARY_MAX ? text : text.substring(0, SUMMARY_MAX - 1) + "…";
    }

    private String footer(int width) {
        var text = new StringBuilder();
        for (Section section : sections(command.getCommandSpec())) {
            text.append('\n').append(section.heading()).append(":\n");
            for (String line : section.lines()) {
                if (section.examples()) example(text, line, width);
                else wrap(text, line, section.verbatim() ? "     " : "", width);
            }
        }
        return text.toString();
    }

    private static String paragraphs(List<String> paragraphs, int width) {
        var text = new StringBuilder();
        for (String paragraph : paragraphs) {
            if (!text.isEmpty()) text.append('\n');
            wrap(text, plain(paragraph), "", width);
        }
        return text.toString();
    }

    private static void wrap(StringBuilder text, String line, String indent, int width) {
        var row =
                new StringBuilder(line.substring(0, line.length() - line.stripLeading().length()));
        boolean empty = true;
        for (String word : line.strip().split("(?<=\\S) ", -1)) {
            if (!empty && row.length() + 1 + word.length() > width) {
                text.append(row.toString().stripTrailing()).append('\n');
                row.setLength(0);
                row.append(indent);
                empty = true;
            }
            if (!empty) row.append(' ');
            row.append(word);
            empty = false;
        }
        text.append(row.toString().stripTrailing()).append('\n');
    }

    /**
     * A command, broken between words outside quotes; each line except the last ends in a
     * backslash.
     */
    private static void example(StringBuilder text, String line, int width) {
        String rest = line;
        while (rest.length() > width) {
            int cut = -1;
            char quote = 0;
            for (int at = rest.length() - rest.stripLeading().length(); at < rest.length(); at++) {
                char c = rest.charAt(at);
                if (quote == 0 && (c == '\'' || c == '"')) quote = c;
                else if (c == quote) quote = 0;
                else if (quote == 0 && c == ' ' && (at <= width - 2 || cut < 0)) cut = at;
            }
            if (cut < 0 || rest.substring(0, cut).isBlank()) break;
            text.append(rest, 0, cut).append(" \\\n");
            rest = "      " + rest.substring(cut + 1);
        }
        text.append(rest).append('\n');
    }
}
