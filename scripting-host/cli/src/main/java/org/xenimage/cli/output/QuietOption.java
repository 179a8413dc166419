package org.xenimage.cli.output;

import picocli.CommandLine.Option;

/**
 * {@code --quiet}, which every command has.
 *
 * <p>It silences what a command tells a person who watches it: progress, confirmations, and the
 * report on work whose result is a file or an exit status. Errors, warnings, what the command was
 * asked to print, and the report that {@code --json} asks for stay.
 */
final class QuietOption {
    @Option(
            names = {"-q", "--quiet"},
            description =
                    "no progress, confirmations or reports: print only errors, warnings and what was asked for")
    private boolean quiet;

    boolean wanted() {
        return quiet;
    }
}
