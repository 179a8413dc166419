package org.xenimage.console;

import java.util.List;

/** The commands that the console has. */
final class Commands {
    private Commands() {}

    /** All commands, in the order in which help lists them. */
    static List<Command> all() {
        return List.of(
                new HelpCommand(),
                new InfoCommand(),
                new LsCommand(),
                new HexdumpCommand(),
                new FindCommand(),
                new MapCommand(),
                new StatusCommand(),
                new DiffCommand(),
                new UndoCommand(),
                new CommitCommand(),
                new VerifyCommand(),
                new PolicyCommand(),
                new QuitCommand());
    }

    static void none(String name, List<String> words) throws CommandMisused {
        if (!words.isEmpty()) throw new CommandMisused(name + " takes no arguments");
    }

    static long number(String what, String word) throws CommandMisused {
        try {
            return word.startsWith("0x") || word.startsWith("0X")
                    ? Long.parseUnsignedLong(word.substring(2), 16)
                    : Long.parseLong(word);
        } catch (NumberFormatException e) {
            throw new CommandMisused(
                    what + ": expected a number such as 38 or 0x26, found " + word);
        }
    }

    static String plural(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
