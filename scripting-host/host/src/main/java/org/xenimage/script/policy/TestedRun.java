package org.xenimage.script.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.tools.index.ImageIndex;

import java.io.IOException;
import java.util.Optional;

/**
 * What a run of policies in a test came to.
 *
 * @param facts {@code outcome}, {@code veto}, {@code error}, {@code unchanged}, {@code edits}, {@code log},
 *     {@code warnings}, {@code printed}, {@code pages}, {@code grants}
 * @param before the image that the policies were given; stays its owner's
 * @param after what they made of it; empty if the run failed. Stays its owner's
 */
public record TestedRun(JsonNode facts, ImageIndex before, Optional<ImageIndex> after) {
    /** Runs policies for a test. */
    @FunctionalInterface
    public interface Runner {
        /**
         * Runs policies.
         *
         * @param request the sample or image, parameters, site, operation; by the names that cases use
         * @return what came of it
         * @throws IOException if the request is not in order, or an image cannot be read or written
         */
        TestedRun run(ObjectNode request) throws IOException;
    }
}
