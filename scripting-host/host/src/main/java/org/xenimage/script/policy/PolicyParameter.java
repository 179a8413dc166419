package org.xenimage.script.policy;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A parameter of a policy.
 *
 * @param name under {@code ctx.params}
 * @param fallback its default value, JSON null if there is none
 * @param doc one line
 * @param required whether it must be set
 * @param secret whether its value stays out of logs, reports and messages
 */
public record PolicyParameter(
        String name, JsonNode fallback, String doc, boolean required, boolean secret) {}
