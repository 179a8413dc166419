package org.xenimage.cli.output;

import org.xenimage.script.set.PolicySet;

import picocli.CommandLine.Option;

/** {@code --as-host}, of every command that reads policy sets. */
public final class AsHostOption {
    @Option(
            names = "--as-host",
            paramLabel = "NAME",
            description =
                    "use what the policy set says of this host (default: the name of this host)")
    private String name = "";

    /** Called by the command line. */
    public AsHostOption() {}

    /** {@return how a set is read} */
    public PolicySet.Options options() {
        return PolicySet.Options.here().on(name);
    }
}
