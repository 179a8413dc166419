package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.set.LoadedSet;
import org.xenimage.script.set.PolicySet;
import org.xenimage.script.set.SetBundle;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code xenimage policy bundle}. */
@Needs(scripts = Needs.Scripts.ALL)
@Command(
        name = "bundle",
        header = "pack a policy set into one signed file",
        description = {
            "Checks a policy set like 'policy check' and writes all its files into one bundle, signed with an "
                    + "Ed25519 key. --policies accepts the bundle like the folder; --require-signed "
                    + "refuses anything else.",
            "The same files and keys always give the same bytes. Hidden files are left out. 'xenimage sign "
                    + "--new-key' creates a key."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage policy bundle policies -o policies.xpb --key sign.key",
            "  xenimage policy bundle policies -o policies.xpb --key site.key --key review.key --force"
        })
final class PolicyBundle extends Subcommand {
    @Parameters(paramLabel = "DIR", description = "the folder of a policy set")
    private Path folder = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            required = true,
            description = "the bundle")
    private String out = "";

    @Option(
            names = "--key",
            paramLabel = "FILE",
            required = true,
            description = "a private key to sign with; repeat it for several signatures")
    private List<Path> keys = new ArrayList<>();

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        RunFiles files = files();
        List<SigningKey> signing = new ArrayList<>();
        for (Path key : keys) {
            files.reading(key);
            signing.add(SigningKey.read(key));
        }
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults())) {
            LoadedSet set = PolicySet.load(host, folder, PolicySet.Options.here());
            for (Path file : set.files()) files.reading(file);
            for (Policy policy : set.policies()) host.check(policy);
        }
        SetBundle bundle = SetBundle.of(folder, signing);
        for (String path : bundle.files().keySet()) files.reading(folder.resolve(path));
        try (Output output = Output.open(out, files, outputs.force())) {
            output.sink().write(MemorySegment.ofArray(bundle.bytes()).asReadOnly());
            output.commit();
        }
        if (json()) {
            ObjectNode report = JsonNodeFactory.instance.objectNode();
            print(report.put("output", out).put("digest", bundle.digest()));
        } else if (!quiet()) {
            reports()
                    .println(
                            "%s: %d files, sha-256 %s"
                                    .formatted(out, bundle.files().size(), bundle.digest()));
        }
        return 0;
    }

    @Override
    protected boolean standardOutputIsData() {
        return out.equals("-");
    }
}
