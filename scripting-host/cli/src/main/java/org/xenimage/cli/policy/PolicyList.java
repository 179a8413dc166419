package org.xenimage.cli.policy;

import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Policy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;

/** {@code xenimage policy list}. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = "Lists the policies of the library with their parameters.")
final class PolicyList implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        try (PolicyHost host = PolicyHost.open(HostOptions.usual())) {
            for (Policy policy : host.library()) PolicyCheck.print(out, policy);
        }
        out.flush();
        return 0;
    }
}
