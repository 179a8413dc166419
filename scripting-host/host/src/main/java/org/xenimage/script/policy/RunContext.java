package org.xenimage.script.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.Map;

/**
 * What is known about a run, apart from its image.
 *
 * @param operation being done
 * @param source the image's name, for messages
 * @param operator who runs it
 * @param now the only clock that policies and the decision log see
 * @param site the site's own configuration, a JSON object, read-only for policies
 * @param parameters values for policies' parameters, by {@code NAME} or {@code POLICY.NAME}, which goes before
 * @param restartable whether the caller can begin again with the same input: then a policy with {@code onError: 'skip'}
 *     that fails after edits of it were passed on ends the run
 */
public record RunContext(
        Operation operation,
        String source,
        String operator,
        Instant now,
        JsonNode site,
        Map<String, String> parameters,
        boolean restartable) {
    /** Copies the site configuration and the parameters. */
    public RunContext {
        if (!site.isObject()) throw new IllegalArgumentException("site: not a JSON object");
        site = site.deepCopy();
        parameters = Map.copyOf(parameters);
    }

    /**
     * A context with an empty site configuration, no parameters, not restartable.
     *
     * @param operation being done
     * @param source the image's name, for messages
     * @param operator who runs it
     * @param now the only clock that policies and the decision log see
     * @return the context
     */
    public static RunContext of(Operation operation, String source, String operator, Instant now) {
        return new RunContext(
                operation,
                source,
                operator,
                now,
                JsonNodeFactory.instance.objectNode(),
                Map.of(),
                false);
    }

    /**
     * A site configuration.
     *
     * @param tree read-only for policies; copied
     * @return this context with that configuration
     */
    public RunContext withSite(ObjectNode tree) {
        return new RunContext(operation, source, operator, now, tree, parameters, restartable);
    }

    /**
     * Values for parameters.
     *
     * @param values by {@code NAME} or {@code POLICY.NAME}
     * @return this context with those values
     */
    public RunContext withParameters(Map<String, String> values) {
        return new RunContext(operation, source, operator, now, site, values, restartable);
    }

    /**
     * Says whether the run can begin again.
     *
     * @param can whether the caller can read its input again and discard its output
     * @return this context, saying so
     */
    public RunContext withRestartable(boolean can) {
        return new RunContext(operation, source, operator, now, site, parameters, can);
    }
}
