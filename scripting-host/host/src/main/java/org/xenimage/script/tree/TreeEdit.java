package org.xenimage.script.tree;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.Optional;

/**
 * One edit of a tree.
 *
 * @param path such as {@code nics[0].bridge}
 * @param before what stood there, nothing if it was added
 * @param after the new value, nothing if it was removed
 */
public record TreeEdit(String path, Optional<JsonNode> before, Optional<JsonNode> after) {}
