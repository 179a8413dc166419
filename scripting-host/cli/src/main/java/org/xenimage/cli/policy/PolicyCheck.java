package org.xenimage.cli.policy;

import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.fault.ImageException;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyParameter;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** {@code xenimage policy check}. */
@Command(
        name = "check",
        description = {
            "Reads the header of policies and loads their code without any image: syntax, hooks, parameters.",
            "To try one on an image: xenimage rewrite IMAGE --dry-run --policy POLICY"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  xenimage policy check scrub-mine.js", "  xenimage policy check policies/*.py"})
final class PolicyCheck extends Subcommand {
    @Parameters(
            paramLabel = "POLICY",
            arity = "1..*",
            description = ".js and .py files, or names of library policies")
    private List<String> references = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        TextOutput out = out();
        TextOutput err = err();
        int status = 0;
        try (PolicyHost host = PolicyHost.open(HostOptions.usual())) {
            for (String reference : references) {
                try {
                    Policy policy = host.load(reference);
                    host.check(policy);
                    print(out, policy);
                } catch (ImageException e) {
                    err.println("xenimage: " + e.getMessage());
                    status = 1;
                }
            }
        }
        out.flush();
        return status;
    }

    static void print(PrintWriter out, Policy policy) {
        out.println(
                "%s (%s, %s)"
                        .formatted(policy.title(), policy.file(), policy.language().displayName()));
        out.println(
                "  runs on  "
                        + policy.on().stream()
                                .sorted()
                                .map(Operation::policyName)
                                .collect(Collectors.joining(", ")));
        for (PolicyParameter parameter : policy.parameters()) {
            String value = parameter.required() ? "(required)" : parameter.fallback().toString();
            out.println("  --set %s=%s  %s".formatted(parameter.name(), value, parameter.doc()));
        }
    }
}
