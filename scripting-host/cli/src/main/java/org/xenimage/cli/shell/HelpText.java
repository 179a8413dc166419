package org.xenimage.cli.shell;

import org.xenimage.cli.output.TextOutput;

import picocli.CommandLine;

/** The help of a command, for a terminal of any width. */
public final class HelpText {
    private static final int USUAL_WIDTH = 80;
    private static final int WIDTH_MIN = 40;
    private static final int WIDTH_MAX = 120;

    private final CommandLine command;

    private HelpText(CommandLine command) {
        this.command = command;
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
     * @param columns that there are
     * @return lines, none longer than that but those of examples
     */
    public String text(int columns) {
        command.setUsageHelpWidth(Math.clamp(columns, WIDTH_MIN, WIDTH_MAX));
        return command.getUsageMessage(CommandLine.Help.Ansi.OFF);
    }
}
