package org.xenimage.cli.policy;

import org.xenimage.cli.output.Failure;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.fault.ImageException;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.test.TestFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code xenimage policy check}. */
@Needs(scripts = Needs.Scripts.NAMED)
@Command(
        name = "check",
        header = "check policies without an image",
        description = {
            "Reads the headers of policies and loads their code, without an image: finds "
                    + "errors in syntax, hooks and parameters.",
            "To try a policy on an image: xenimage rewrite IMAGE --dry-run --policy POLICY"
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
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults())) {
            for (String reference : references) {
                // A glob such as *.py finds the tests beside the policies too.
                if (references.size() > 1 && TestFile.beside(Path.of(reference))) continue;
                try {
                    Policy policy = host.load(reference);
                    for (Path file : policy.files()) files().reading(file);
                    host.check(policy);
                    if (json()) print(PolicyText.json(policy));
                    else if (!quiet()) PolicyText.print(out, policy);
                    for (String warning : host.warnings(policy))
                        err.println("xenimage: " + reference + ": warning: " + warning);
                } catch (ImageException e) {
                    Failure failure = Failure.of(e);
                    if (json()) print(failure.report());
                    failure.print(err);
                    status = failure.kind().status();
                }
            }
        }
        out.flush();
        return status;
    }
}
