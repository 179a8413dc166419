package org.xenimage.script.view;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.script.policy.FeatureChange;

import java.util.Optional;

/**
 * One edit that a hook made.
 *
 * @param path within the element: a field, or what was done with the whole
 * @param before what stood there
 * @param after the new value
 * @param features what that means, if the field is a register of features
 */
public record Change(
        String path,
        Optional<JsonNode> before,
        Optional<JsonNode> after,
        Optional<FeatureChange> features) {
    /**
     * An edit of a field without features.
     *
     * @param path within the element
     * @param before what stood there
     * @param after the new value
     */
    public Change(String path, Optional<JsonNode> before, Optional<JsonNode> after) {
        this(path, before, after, Optional.empty());
    }
}
