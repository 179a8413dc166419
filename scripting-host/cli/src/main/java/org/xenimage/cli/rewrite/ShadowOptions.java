package org.xenimage.cli.rewrite;

import org.xenimage.image.io.RunFiles;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.Shadow;
import org.xenimage.script.policy.Policy;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The option of every command that can run candidate policies beside the active ones. */
public final class ShadowOptions {
    @Option(
            names = "--shadow",
            paramLabel = "POLICY",
            description = {
                "also run this policy on the same image, and report what it would change; only the result of",
                "the other policies is written; its failure is only reported; repeat it for several"
            })
    private List<String> candidates = new ArrayList<>();

    /** Called by the command line. */
    public ShadowOptions() {}

    boolean wanted() {
        return !candidates.isEmpty();
    }

    /** The candidates; if one cannot be loaded, none runs. */
    Shadow load(PolicyHost host, RunFiles files) throws IOException {
        List<Policy> loaded = new ArrayList<>();
        for (String reference : candidates) {
            try {
                loaded.add(host.load(reference));
            } catch (IOException e) {
                return Shadow.notLoaded(String.valueOf(e.getMessage()));
            }
        }
        for (Policy policy : loaded) for (Path file : policy.files()) files.reading(file);
        return Shadow.of(loaded);
    }
}
