package org.xenimage.cli.output;

import picocli.CommandLine.Option;

/** The options of every command that writes a file. */
public final class OutputOptions {
    @Option(names = "--force", description = "replace the output if it exists")
    private boolean force;

    /** Called by the command line. */
    public OutputOptions() {}

    /** {@return whether an existing file may be replaced} */
    public boolean force() {
        return force;
    }
}
