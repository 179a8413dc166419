package org.xenimage.cli.output;

import org.xenimage.image.io.RunFiles;
import org.xenimage.image.seal.TrustedKey;
import org.xenimage.script.set.PolicySet;

import picocli.CommandLine.Option;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The options of every command that reads policy sets. */
public final class SetOptions {
    /** Names the required keys for all commands, like a search path. */
    private static final String VARIABLE = "XENIMAGE_REQUIRE_SIGNED";

    @Option(
            names = "--as-host",
            paramLabel = "NAME",
            description =
                    "apply the policy set as on the host NAME (default: the name of this host)")
    private String host = "";

    @Option(
            names = "--require-signed",
            paramLabel = "KEY",
            description = {
                "refuse every policy that is not in a bundle signed by this public key; repeat it for several",
                "(default: the files listed in XENIMAGE_REQUIRE_SIGNED, separated by colons)"
            })
    private List<Path> keys = new ArrayList<>();

    /** Called by the command line. */
    public SetOptions() {}

    /**
     * How a set is read.
     *
     * @param files of the run
     * @return the options
     * @throws IOException if a key cannot be read
     */
    public PolicySet.Options options(RunFiles files) throws IOException {
        return PolicySet.Options.here().on(host).requiring(required(files));
    }

    /**
     * The required keys: one of them must have signed the policies that run.
     *
     * @param files of the run
     * @return the keys; empty if no signature is required
     * @throws IOException if one cannot be read
     */
    public List<TrustedKey> required(RunFiles files) throws IOException {
        List<Path> named = new ArrayList<>(keys);
        String variable = System.getenv(VARIABLE);
        if (named.isEmpty() && variable != null)
            for (String file : variable.split(File.pathSeparator, -1))
                if (!file.isEmpty()) named.add(Path.of(file));
        List<TrustedKey> required = new ArrayList<>();
        for (Path file : named) {
            files.reading(file);
            required.add(TrustedKey.read(file));
        }
        return required;
    }
}
