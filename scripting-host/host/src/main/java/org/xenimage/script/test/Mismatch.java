package org.xenimage.script.test;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.script.yaml.Located;

import java.util.Optional;

/**
 * What is not as a test says.
 *
 * @param place in the test: file, line and column, as far as they are known
 * @param what is not as expected, such as {@code config c_info.name}; or a problem in words
 * @param expected by the test; empty if it expects nothing there, or if there is nothing to compare
 * @param found in what the run made
 * @param frame lines of the test around the place; empty if they say nothing more
 */
public record Mismatch(
        String place,
        String what,
        Optional<JsonNode> expected,
        Optional<JsonNode> found,
        String frame) {
    static Mismatch of(Located place, String what, JsonNode expected, JsonNode found) {
        return new Mismatch(
                place.place(),
                what,
                Optional.of(expected),
                Optional.of(found).filter(tree -> !tree.isMissingNode()),
                "");
    }

    static Mismatch problem(String place, String problem) {
        return new Mismatch(place, problem, Optional.empty(), Optional.empty(), "");
    }
}
