package org.xenimage.cli.output;

import picocli.CommandLine.Option;

/** {@code --quiet}. */
public final class QuietOption {
    @Option(
            names = {"-q", "--quiet"},
            description = "print nothing on success")
    private boolean quiet;

    /** Called by the command line. */
    public QuietOption() {}

    /** {@return whether it was given} */
    public boolean wanted() {
        return quiet;
    }
}
