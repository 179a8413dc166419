package org.xenimage.cli.policy;

import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Policy;

import picocli.CommandLine.Command;

import java.io.IOException;

/** {@code xenimage policy list}. */
@Command(name = "list", description = "Lists the policies of the library with their parameters.")
final class PolicyList extends Subcommand {
    @Override
    public Integer call() throws IOException {
        TextOutput out = out();
        try (PolicyHost host = PolicyHost.open(HostOptions.usual())) {
            for (Policy policy : host.library()) PolicyCheck.print(out, policy);
        }
        out.flush();
        return 0;
    }
}
