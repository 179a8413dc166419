package org.xenimage.cli.shell;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

import java.util.ArrayList;
import java.util.List;

/**
 * The program's commands, flattened.
 *
 * @param commands the program itself first, then every command and group, parents before their children
 */
public record CommandTree(List<Entry> commands) {
    /** Copies the list. */
    public CommandTree {
        commands = List.copyOf(commands);
    }

    /**
     * A command or a group of commands.
     *
     * @param path such as {@code policy check}; empty for the program itself
     * @param spec its options and operands
     */
    public record Entry(String path, CommandSpec spec) {
        /** {@return whether it is a group, which does nothing by itself} */
        public boolean group() {
            return !spec.subcommands().isEmpty();
        }

        /** {@return what it does, in a few words} */
        public String summary() {
            return String.join(" ", spec.usageMessage().header());
        }

        /** {@return the program's name and the path} */
        public String title() {
            return path.isEmpty() ? "xenimage" : "xenimage " + path;
        }
    }

    /**
     * The tree of a command line.
     *
     * @param program with all its commands
     * @return the tree
     */
    public static CommandTree of(CommandLine program) {
        List<Entry> all = new ArrayList<>();
        add("", program.getCommandSpec(), all);
        return new CommandTree(all);
    }

    private static void add(String path, CommandSpec spec, List<Entry> all) {
        all.add(new Entry(path, spec));
        for (var child : spec.subcommands().entrySet())
            add(
                    path.isEmpty() ? child.getKey() : path + " " + child.getKey(),
                    child.getValue().getCommandSpec(),
                    all);
    }

    /** {@return the commands of a group} */
    List<Entry> children(Entry group) {
        String before = group.path().isEmpty() ? "" : group.path() + " ";
        return commands.stream()
                .filter(one ->
                        !one.path().isEmpty()
                                && one.path().startsWith(before)
                                && one.path().indexOf(' ', before.length()) < 0)
                .toList();
    }
}
