package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
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
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;

/** {@code xenimage policy list}. */
@Needs(scripts = Needs.Scripts.ONE)
@Command(
        name = "list",
        header = "list the policies in the library or in a set",
        description = {
            "Lists the policies of the library with their parameters.",
            "With DIR, lists the policies of a set in the order in which they run, with their settings in the set."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage policy list",
            "  xenimage policy list /etc/xen/policies",
            "  xenimage policy list --json | jq .policies"
        })
final class PolicyList extends Subcommand {
    @Parameters(paramLabel = "DIR", arity = "0..1", description = "the folder of a policy set")
    private @Nullable Path folder;

    @Mixin private SetOptions sets = new SetOptions();

    @Override
    public Integer call() throws IOException {
        TextOutput out = out();
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults())) {
            if (folder != null) {
                LoadedSet set = SetText.load(host, folder, sets, files());
                if (json()) print(SetText.json(set));
                else SetText.print(out, set);
            } else if (json()) {
                ObjectNode report = JsonNodeFactory.instance.objectNode();
                ArrayNode policies = report.putArray("policies");
                for (Policy policy : host.library()) policies.add(PolicyText.json(policy));
                print(report);
            } else for (Policy policy : host.library()) PolicyText.print(out, policy);
        }
        out.flush();
        return 0;
    }
}
