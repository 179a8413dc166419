package org.xenimage.cli.output;

import org.xenimage.image.io.RunFiles;

import picocli.CommandLine.Model.CommandSpec;

/** What the commands and options of one run of the program share; the root command has it. */
public interface ProgramRun {
    /** {@return the files that the run reads and writes} */
    RunFiles files();

    /**
     * The run of a command.
     *
     * @param spec of the command, or of one that is below the root
     * @return the run
     */
    static ProgramRun of(CommandSpec spec) {
        if (spec.root().userObject() instanceof ProgramRun run) return run;
        throw new IllegalStateException("the root command is not the program's");
    }
}
