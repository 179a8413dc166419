package org.xenimage.cli.shell;

import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

import java.util.List;

/** The manual page of a command, in the man macros of roff, from the same text as its help. */
public final class ManPage {
    private final CommandTree tree;
    private final CommandTree.Entry command;
    private final StringBuilder page = new StringBuilder();

    private ManPage(CommandTree tree, CommandTree.Entry command) {
        this.tree = tree;
        this.command = command;
    }

    /**
     * The page's name without a section, such as {@code xenimage-policy-check}.
     *
     * @param command whose page it is
     * @return the name
     */
    public static String name(CommandTree.Entry command) {
        return command.title().replace(' ', '-');
    }

    /**
     * The page of a command.
     *
     * @param tree all commands
     * @param command whose page is wanted
     * @param version of the program
     * @return roff
     */
    public static String of(CommandTree tree, CommandTree.Entry command, String version) {
        return new ManPage(tree, command).text(version);
    }

    private String text(String version) {
        page.append(
                ".TH %s 1 \"\" \"xenimage %s\" \"Xenimage\"\n"
                        .formatted(
                                name(command).toUpperCase(java.util.Locale.ROOT), escape(version)));
        section("NAME");
        paragraph(name(command) + " - " + command.summary());
        section("SYNOPSIS");
        paragraph(HelpText.synopsis(command.spec()));
        section("DESCRIPTION");
        boolean first = true;
        for (String paragraph : command.spec().usageMessage().description()) {
            if (!first) page.append(".PP\n");
            paragraph(HelpText.plain(paragraph));
            first = false;
        }
        if (command.group()) {
            section("COMMANDS");
            for (CommandTree.Entry child : tree.children(command))
                item(name(child) + "(1)", child.summary());
        } else {
            section("OPTIONS");
            for (PositionalParamSpec operand : command.spec().positionalParameters())
                item(operand.paramLabel(), HelpText.description(operand));
            for (OptionSpec option : HelpText.options(command.spec()))
                item(HelpText.names(option), HelpText.description(option));
        }
        for (HelpText.Section part : HelpText.sections(command.spec())) {
            section(part.heading().toUpperCase(java.util.Locale.ROOT));
            if (part.verbatim()) {
                page.append(".nf\n");
                part.lines().forEach(text -> page.append(escape(text.strip())).append('\n'));
                page.append(".fi\n");
            } else part.lines().forEach(this::paragraph);
        }
        section("SEE ALSO");
        paragraph(
                String.join(
                        ", ",
                        List.of("xenimage(1)", "xl(1)").stream()
                                .filter(one -> !one.equals(name(command) + "(1)"))
                                .toList()));
        return page.toString();
    }

    private void section(String heading) {
        page.append(".SH ").append(escape(heading)).append('\n');
    }

    private void item(String what, String text) {
        page.append(".TP\n\\fB").append(escape(what)).append("\\fR\n");
        paragraph(text);
    }

    private void paragraph(String text) {
        page.append(escape(text)).append('\n');
    }

    /** A line that roff takes as text and not as a request. */
    private static String escape(String text) {
        String escaped = text.replace("\\", "\\e").replace("-", "\\-");
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }
}
