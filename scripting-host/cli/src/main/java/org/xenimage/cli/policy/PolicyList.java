package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Policy;

import picocli.CommandLine.Command;

import java.io.IOException;

/** {@code xenimage policy list}. */
@Needs(scripts = Needs.Scripts.ONE)
@Command(
        name = "list",
        header = "list the policies of the library",
        description = "Lists the policies of the library with their parameters.",
        footerHeading = "%nExamples:%n",
        footer = {"  xenimage policy list", "  xenimage policy list --json | jq .policies"})
final class PolicyList extends Subcommand {
    @Override
    public Integer call() throws IOException {
        TextOutput out = out();
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults())) {
            if (json()) {
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
