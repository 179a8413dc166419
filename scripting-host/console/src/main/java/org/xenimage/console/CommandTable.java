package org.xenimage.console;

import java.util.List;

/** The commands that the console has. */
final class CommandTable {
    private CommandTable() {}

    /** All commands, in the order in which help lists them. */
    static List<PromptCommand> all() {
        return List.of(
                new ConsoleHelp(),
                new ConsoleOverview(),
                new ConsoleLs(),
                new ConsoleHexdump(),
                new ConsoleFind(),
                new ConsoleMap(),
                new ConsoleStatus(),
                new ConsoleDiff(),
                new ConsoleUndo(),
                new ConsoleCommit(),
                new ConsoleVerify(),
                new ConsolePolicy(),
                new ConsoleQuit());
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
        return count(count, what, what + "s");
    }

    static String count(long count, String one, String many) {
        return count + " " + (count == 1 ? one : many);
    }
}
