package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyParameter;
import org.xenimage.script.policy.Redaction;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.policy.Secrets;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The values of the policies' parameters: what the run sets, else what the header says. */
final class Parameters {
    private Parameters() {}

    static List<ObjectNode> of(List<Policy> policies, RunContext context) throws ImageException {
        return of(policies, List.of(), context);
    }

    /** With others of the same run, which may have the parameters that these do not. */
    static List<ObjectNode> of(List<Policy> policies, List<Policy> others, RunContext context)
            throws ImageException {
        Set<String> used = new HashSet<>();
        for (Policy other : others)
            for (PolicyParameter parameter : other.parameters()) {
                used.add(parameter.name());
                used.add(other.name() + "." + parameter.name());
            }
        List<ObjectNode> all = new ArrayList<>();
        for (Policy policy : policies) all.add(of(policy, context, used));
        for (String name : context.parameters().keySet()) {
            if (used.contains(name)) continue;
            List<String> known = new ArrayList<>();
            for (Policy policy : policies) {
                for (PolicyParameter parameter : policy.parameters()) {
                    known.add(parameter.name());
                    known.add(policy.name() + "." + parameter.name());
                }
            }
            throw new PolicyFailed(
                    Fault.in("parameters")
                            .field(name)
                            .problem(
                                    "is not a parameter of any policy"
                                            + Nearest.suggestion(name, known)));
        }
        return all;
    }

    private static ObjectNode of(Policy policy, RunContext context, Set<String> used)
            throws ImageException {
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        for (PolicyParameter parameter : policy.parameters()) {
            String full = policy.name() + "." + parameter.name();
            String key = context.parameters().containsKey(full) ? full : parameter.name();
            used.add(parameter.name());
            used.add(full);
            String given = context.parameters().get(key);
            if (given != null) values.set(parameter.name(), value(policy, parameter, given));
            else if (parameter.required())
                throw new PolicyFailed(
                        fault(policy, parameter)
                                .problem(
                                        parameter.doc().isEmpty()
                                                ? "is required"
                                                : "is required: " + parameter.doc())
                                .remedy("use --set " + full + "=VALUE"));
            else values.set(parameter.name(), parameter.fallback());
        }
        return values;
    }

    /** The values of secret parameters, which never appear in output about the run. */
    static Secrets secrets(
            Policy policy, ObjectNode values, boolean visible, Redaction kept, Set<String> seen) {
        Secrets secrets = secrets(policy, values, visible).with(kept, seen);
        secrets.learn(values);
        return secrets;
    }

    private static Secrets secrets(Policy policy, ObjectNode values, boolean visible) {
        if (visible) return Secrets.TOLD;
        return Secrets.of(
                policy.parameters().stream()
                        .filter(PolicyParameter::secret)
                        .map(parameter -> values.path(parameter.name()).asText(""))
                        .toList());
    }

    /** The values as a log may have them. */
    static ObjectNode logged(Policy policy, ObjectNode values, Secrets secrets) {
        ObjectNode logged = JsonNodeFactory.instance.objectNode();
        for (PolicyParameter parameter : policy.parameters()) {
            JsonNode value = values.path(parameter.name());
            boolean hidden = parameter.secret() && secrets.hiding();
            logged.set(
                    parameter.name(),
                    hidden
                            ? JsonNodeFactory.instance.textNode(Secrets.HIDDEN)
                            : secrets.hide(parameter.name(), value));
        }
        return logged;
    }

    private static Fault fault(Policy policy, PolicyParameter parameter) {
        return Fault.in(policy.file())
                .element("policy " + policy.name())
                .field("parameter " + parameter.name());
    }

    /** A value as the declaration has it, of the text that the user gave. */
    private static JsonNode value(Policy policy, PolicyParameter parameter, String given)
            throws ImageException {
        Optional<JsonNode> value = parameter.read(given);
        Optional<JsonNode> wrong =
                value.isEmpty()
                        ? Optional.of(JsonNodeFactory.instance.textNode(given))
                        : parameter.rule().violation(value.get());
        if (wrong.isEmpty()) return value.orElseThrow();
        String found = wrong.get().asText(wrong.get().toString());
        Fault fault =
                fault(policy, parameter)
                        .expected(parameter.expected() + suggestion(parameter, found))
                        .found(parameter.secret() ? Secrets.HIDDEN : found);
        throw new PolicyFailed(
                parameter.required()
                        ? fault
                        : fault.remedy("its default is " + parameter.fallback()));
    }

    private static String suggestion(PolicyParameter parameter, String found) {
        List<String> allowed = parameter.rule().allowed().stream().map(JsonNode::asText).toList();
        return parameter.secret()
                ? ""
                : Nearest.of(found, allowed)
                        .map(like -> " (did you mean " + like + "?)")
                        .orElse("");
    }
}
