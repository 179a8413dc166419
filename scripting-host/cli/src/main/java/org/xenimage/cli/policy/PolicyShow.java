package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.SetOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.set.LoadedSet;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** {@code xenimage policy show}. */
@Needs(scripts = Needs.Scripts.NAMED)
@Command(
        name = "show",
        header = "show what a policy or a policy set does",
        description = {
            "Shows the documentation of a policy, the operations it runs on and its parameters: "
                    + "type, allowed values, default.",
            "For a folder with policies.yaml, shows the policy set.",
            "With --source, prints its source instead, as a starting point for your own."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage policy show scrub-pattern",
            "  xenimage policy show /etc/xen/policies",
            "  xenimage policy show rename-domain.py --source >mine.py"
        })
final class PolicyShow extends Subcommand {
    @Parameters(
            paramLabel = "POLICY",
            description =
                    "a .js or .py file, the name of a library policy, or the folder of a policy set")
    private String reference = "";

    @Option(names = "--source", description = "print the source")
    private boolean source;

    @Mixin private SetOptions sets = new SetOptions();

    @Override
    public Integer call() throws IOException {
        TextOutput out = out();
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults())) {
            Optional<Path> set = SetText.named(reference);
            if (set.isPresent()) {
                if (source) throw misused("--source is for one policy; name its file");
                LoadedSet loaded = SetText.load(host, set.get(), sets, files());
                if (json()) print(SetText.json(loaded));
                else SetText.print(out, loaded);
                out.flush();
                return 0;
            }
            Policy policy = host.load(reference);
            for (Path file : policy.files()) files().reading(file);
            if (json()) {
                ObjectNode report = PolicyText.json(policy);
                report.put("sha256", policy.digest());
                if (source) report.put("source", policy.source());
                print(report);
            } else if (source) {
                policy.source().lines().forEach(out::println);
            } else {
                PolicyText.print(out, policy);
                out.println("  sha-256  " + policy.digest());
                if (!policy.doc().isEmpty()) {
                    out.println("");
                    policy.doc().lines().forEach(out::println);
                }
            }
        }
        out.flush();
        return 0;
    }
}
