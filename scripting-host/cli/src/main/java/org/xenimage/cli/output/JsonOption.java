package org.xenimage.cli.output;

import picocli.CommandLine.Option;

/** {@code --json}, which every command has. */
public final class JsonOption {
    /** The option's name. */
    public static final String NAME = "--json";

    @Option(
            names = NAME,
            description =
                    "print the report as JSON, one object per line; a failure as {\"error\": …}")
    private boolean json;

    /** Called by the command line. */
    public JsonOption() {}

    /** {@return whether it was given} */
    public boolean wanted() {
        return json;
    }
}
