package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.Failure;
import org.xenimage.cli.output.Needs;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

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
                try {
                    Policy policy = host.load(reference);
                    files().reading(Path.of(policy.file()));
                    host.check(policy);
                    if (json()) print(json(policy));
                    else print(out, policy);
                    for (String doubt : host.warnings(policy))
                        err.println("xenimage: " + reference + ": warning: " + doubt);
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

    static ObjectNode json(Policy policy) {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("policy", policy.name());
        report.put("version", policy.version());
        report.put("file", policy.file());
        report.put("language", policy.language().id());
        ArrayNode on = report.putArray("on");
        policy.on().stream().sorted().map(Operation::policyName).forEach(on::add);
        ArrayNode parameters = report.putArray("parameters");
        for (PolicyParameter parameter : policy.parameters()) {
            ObjectNode one = parameters.addObject().put("name", parameter.name());
            one.put("required", parameter.required());
            if (!parameter.required()) one.set("default", parameter.fallback());
            one.put("doc", parameter.doc());
        }
        return report;
    }

    static void print(TextOutput out, Policy policy) {
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
