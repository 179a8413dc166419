package org.xenimage.cli.output;

import org.xenimage.script.policy.Secrets;

import picocli.CommandLine.Option;

/** {@code --show-secrets}, of every command that shows values of an image or of a policy's parameters. */
public final class SecretsOption {
    @Option(
            names = "--show-secrets",
            description =
                    "show values whose keys look secret, such as passwords, and secret parameters "
                            + "(default: print (secret) instead)")
    private boolean show;

    /** Called by the command line. */
    public SecretsOption() {}

    /** {@return whether secrets are shown} */
    public boolean visible() {
        return show;
    }

    /** {@return what hides them} */
    public Secrets secrets() {
        return show ? Secrets.TOLD : Secrets.BY_NAME;
    }
}
