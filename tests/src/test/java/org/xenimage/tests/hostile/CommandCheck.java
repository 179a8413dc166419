package org.xenimage.tests.hostile;

import java.io.IOException;
import java.nio.file.Path;

/** Commands of the program for tests elsewhere. */
public final class CommandCheck {
    private CommandCheck() {}

    /**
     * Runs a command in this JVM.
     *
     * @param folder of the files
     * @param command as in {@link CommandRun#COMMANDS}
     * @return what is wrong with how it ended; empty if nothing is
     * @throws IOException if the folder cannot be listed
     */
    public static String run(Path folder, String command) throws IOException {
        CommandRun run = CommandRun.of(folder, command);
        String fault = run.fault(folder);
        return fault.isEmpty() ? "" : fault + ": " + run;
    }

    /**
     * Removes what a command wrote.
     *
     * @param folder of the files
     * @throws IOException if a file cannot be removed
     */
    public static void clean(Path folder) throws IOException {
        CommandRun.clean(folder);
    }
}
