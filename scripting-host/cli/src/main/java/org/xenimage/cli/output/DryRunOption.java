package org.xenimage.cli.output;

import picocli.CommandLine.Option;

/** {@code --dry-run}: everything but the writing, and a report that says so. */
public final class DryRunOption {
    /** What the report of a dry run ends with. */
    public static final String NOTE = "dry run: nothing written";

    @Option(names = "--dry-run", description = "report what would be done, and write nothing")
    private boolean dryRun;

    /** Called by the command line. */
    public DryRunOption() {}

    /** {@return whether it was given} */
    public boolean wanted() {
        return dryRun;
    }
}
