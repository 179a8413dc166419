package org.xenimage.script.policy;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A parameter of a policy.
 *
 * @param name under {@code ctx.params}
 * @param type of its value; where the header does not say, that of the default
 * @param rule that its value must keep
 * @param fallback its default value, JSON null if there is none
 * @param doc one line
 * @param required whether it must be set
 * @param secret whether its value stays out of logs, reports and messages
 */
public record PolicyParameter(
        String name,
        ParameterType type,
        ParameterRule rule,
        JsonNode fallback,
        String doc,
        boolean required,
        boolean secret) {
    /** {@return what a value must be, in words} */
    public String expected() {
        return rule.isNone()
                ? type.expected()
                : switch (type) {
                    case ARRAY -> "a list, each item " + rule;
                    case STRING -> rule.toString();
                    case INTEGER, NUMBER, BOOLEAN, OBJECT ->
                            rule.allowed().isEmpty() ? type.expected() + ", " + rule : "" + rule;
                };
    }
}
