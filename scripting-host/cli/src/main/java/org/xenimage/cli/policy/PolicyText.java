package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.TextOutput;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.ParameterRule;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyParameter;

import java.util.TreeMap;
import java.util.stream.Collectors;

/** A policy's header as the commands show it. */
final class PolicyText {
    private PolicyText() {}

    static ObjectNode json(Policy policy) {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("policy", policy.name());
        report.put("version", policy.version());
        report.put("doc", policy.doc());
        report.put("file", policy.file());
        report.put("language", policy.language().id());
        ArrayNode on = report.putArray("on");
        policy.on().stream().sorted().map(Operation::policyName).forEach(on::add);
        ArrayNode parameters = report.putArray("parameters");
        for (PolicyParameter parameter : policy.parameters()) {
            ObjectNode one = parameters.addObject().put("name", parameter.name());
            one.put("type", parameter.type().headerName());
            ParameterRule rule = parameter.rule();
            if (!rule.allowed().isEmpty()) one.putArray("enum").addAll(rule.allowed());
            rule.minimum().ifPresent(least -> one.put("minimum", least));
            rule.maximum().ifPresent(most -> one.put("maximum", most));
            rule.pattern().ifPresent(pattern -> one.put("pattern", pattern));
            one.put("required", parameter.required());
            one.put("secret", parameter.secret());
            if (!parameter.required()) one.set("default", parameter.fallback());
            one.put("doc", parameter.doc());
        }
        ObjectNode wants = report.putObject("wants");
        new TreeMap<>(policy.wants()).forEach((name, kind) -> wants.put(name, kind.headerName()));
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
            String rule = parameter.rule().isNone() ? "" : " (" + parameter.expected() + ")";
            out.println(
                    "  --set %s=%s  %s%s"
                            .formatted(parameter.name(), value, parameter.doc(), rule));
        }
        new TreeMap<>(policy.wants())
                .forEach((name, kind) ->
                        out.println(
                                "  wants the grant %s (%s) of a policy set"
                                        .formatted(name, kind.headerName())));
    }
}
