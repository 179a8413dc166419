package org.xenimage.cli;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

/**
 * The program's entry: runs one command and turns its outcome into an exit status.
 *
 * <p>0: fine. 1: the image, the policy or the machine is at fault. 2: the command line is. 3: a bug in xenimage.
 */
public final class Main {
    /** The image, the policy or the machine is at fault. */
    public static final int AT_FAULT = 1;

    /** The command line is at fault. */
    public static final int USAGE = 2;

    /** Xenimage is at fault. */
    public static final int BUG = 3;

    private Main() {}

    /**
     * Runs the command of the arguments and exits.
     *
     * @param arguments as the shell gave them
     */
    public static void main(String[] arguments) {
        int status = run(arguments);
        System.out.flush();
        System.exit(status);
    }

    /**
     * Runs the command of the arguments.
     *
     * @param arguments as the shell gave them
     * @return the exit status
     */
    public static int run(String... arguments) {
        return commandLine().execute(arguments);
    }

    /** {@return the command line, as {@link #run} executes it} */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new XenimageCommand());
        // What follows the first word is the other command's, with or without -- before it.
        Objects.requireNonNull(line.getSubcommands().get("relay")).setStopAtPositional(true);
        return line.setOut(new PrintWriter(System.out, false, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(100)
                .setExecutionExceptionHandler(Main::failed)
                .setParameterExceptionHandler(Main::misused);
    }

    private static int failed(
            Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        command.getOut().flush();
        PrintWriter err = command.getErr();
        return switch (failure) {
            case CommandFailed e -> tell(err, String.valueOf(e.getMessage()));
            case java.io.IOException e -> tell(err, e);
            default -> {
                err.println(
                        "xenimage: this is a bug in xenimage; please report it with what follows");
                failure.printStackTrace(err);
                yield BUG;
            }
        };
    }

    /** Says what an image, a policy or the machine is at fault with, for a command with an exit status of its own. */
    static int tell(PrintWriter err, java.io.IOException failure) {
        return tell(
                err,
                failure instanceof FileSystemException file
                        ? describe(file)
                        : String.valueOf(failure.getMessage()));
    }

    private static int tell(PrintWriter err, String message) {
        err.println("xenimage: " + message);
        return AT_FAULT;
    }

    private static String describe(FileSystemException e) {
        return switch (e) {
            case NoSuchFileException missing -> missing.getFile() + ": no such file or directory";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            case FileAlreadyExistsException there -> there.getFile() + ": is there already";
            default -> String.valueOf(e.getMessage());
        };
    }

    private static int misused(CommandLine.ParameterException e, String[] arguments) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("xenimage: " + e.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
        err.println("See 'xenimage " + path(e.getCommandLine()) + "--help'.");
        return USAGE;
    }

    private static String path(CommandLine command) {
        String name = command.getCommandSpec().qualifiedName(" ");
        return name.startsWith("xenimage ") ? name.substring("xenimage ".length()) + " " : "";
    }
}
