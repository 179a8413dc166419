package org.xenimage.pipeline;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Gives the policies for the next image of a long run, such as the current version of a policy set. */
@FunctionalInterface
public interface PolicyRenewal {
    /**
     * What counts for an image.
     *
     * @param policies in their order
     * @param parameters of the policies
     * @param site what they see as {@code ctx.site}, an object
     */
    record Version(List<Policy> policies, Map<String, String> parameters, JsonNode site) {
        /** Copies the collections. */
        public Version {
            policies = List.copyOf(policies);
            parameters = Map.copyOf(parameters);
        }
    }

    /**
     * The version for an image that begins now. Called by several threads.
     *
     * @return the version
     * @throws IOException if there is none; the image fails then
     */
    Version next() throws IOException;
}
