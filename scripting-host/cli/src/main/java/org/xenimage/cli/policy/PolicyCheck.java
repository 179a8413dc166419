package org.xenimage.cli.policy;

import org.xenimage.cli.output.Failure;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.SetOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.fault.ImageException;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.set.LoadedSet;
import org.xenimage.script.set.PolicySet;
import org.xenimage.script.test.TestFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code xenimage policy check}. */
@Needs(scripts = Needs.Scripts.NAMED)
@Command(
        name = "check",
        header = "check policies and policy sets without an image",
        description = {
            "Reads the headers of policies and loads their code, without an image: finds "
                    + "errors in syntax, hooks and parameters.",
            "For a folder with policies.yaml, checks the whole set: every policy, every value and "
                    + "the sections for all hosts.",
            "To try a policy on an image: xenimage rewrite IMAGE --dry-run --policy POLICY"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage policy check scrub-mine.js",
            "  xenimage policy check policies/*.py",
            "  xenimage policy check /etc/xen/policies --as-host xen2"
        })
final class PolicyCheck extends Subcommand {
    @Parameters(
            paramLabel = "POLICY",
            arity = "1..*",
            description = ".js and .py files, names of library policies, or folders of policy sets")
    private List<String> references = new ArrayList<>();

    @Mixin private SetOptions sets = new SetOptions();

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
                    Optional<Path> set = SetText.named(reference);
                    if (set.isPresent()) check(host, set.get());
                    else check(host, reference);
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

    private void check(PolicyHost host, String reference) throws IOException {
        Policy policy = host.load(reference);
        for (Path file : policy.files()) files().reading(file);
        check(host, policy, reference);
        if (json()) print(PolicyText.json(policy));
        else if (!quiet()) PolicyText.print(out(), policy);
    }

    private void check(PolicyHost host, Path place) throws IOException {
        LoadedSet set = SetText.load(host, place, sets, files());
        for (Policy policy : set.policies()) check(host, policy, policy.file());
        for (String name : set.unused())
            err().println(
                            "xenimage: %s: warning: %s does not list it, so it never runs"
                                    .formatted(place.resolve(name), PolicySet.FILE));
        if (json()) print(SetText.json(set));
        else if (!quiet()) SetText.print(out(), set);
    }

    private void check(PolicyHost host, Policy policy, String label) throws IOException {
        host.check(policy);
        for (String warning : host.warnings(policy))
            err().println("xenimage: " + label + ": warning: " + warning);
    }
}
