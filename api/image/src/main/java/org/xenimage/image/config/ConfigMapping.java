package org.xenimage.image.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A config in the words of another toolstack.
 *
 * @param config the tree in the other's words
 * @param left what has no counterpart there, as paths in the config that was mapped
 */
public record ConfigMapping(ObjectNode config, List<String> left) {
    /** How many paths are named. */
    private static final int NAMED_MAX = 200;

    /** Copies the list. */
    public ConfigMapping {
        left = List.copyOf(left);
    }

    /**
     * Two mappings, one after the other.
     *
     * @param next of this one's config
     * @return its config, and what neither has a counterpart for
     */
    public ConfigMapping then(ConfigMapping next) {
        List<String> all = new ArrayList<>(left);
        all.addAll(next.left());
        return new ConfigMapping(next.config(), all);
    }

    /** A tree from which values are taken, so that what nobody took is known at the end. */
    static final class Taken {
        private final JsonNode tree;

        Taken(JsonNode tree) {
            this.tree = tree.deepCopy();
        }

        private Taken(JsonNode tree, boolean ofAnother) {
            this.tree = ofAnother ? tree : tree.deepCopy();
        }

        /** Takes a text, a number or a truth value. */
        Optional<String> text(String... path) {
            JsonNode at = at(path, path.length - 1);
            JsonNode value = at.path(path[path.length - 1]);
            if (!value.isValueNode() || value.isNull()) return Optional.empty();
            remove(at, path[path.length - 1]);
            return Optional.of(value.asText());
        }

        /** Takes the text of an element of XML, whether or not it has attributes. */
        Optional<String> content(String... path) {
            JsonNode value = at(path, path.length);
            if (value.isObject()) {
                String[] inner = java.util.Arrays.copyOf(path, path.length + 1);
                inner[path.length] = DomainXml.TEXT;
                return text(inner);
            }
            return text(path);
        }

        /** Takes a member that says something by being there. */
        boolean flag(String... path) {
            JsonNode at = at(path, path.length - 1);
            if (!at.has(path[path.length - 1])) return false;
            remove(at, path[path.length - 1]);
            return true;
        }

        /** Takes a member if it has this value. */
        void ifIs(String value, String... path) {
            JsonNode at = at(path, path.length - 1);
            if (at.path(path[path.length - 1]).asText("").equals(value))
                remove(at, path[path.length - 1]);
        }

        /** The elements of an array, each to take from. */
        List<Taken> all(String... path) {
            List<Taken> all = new ArrayList<>();
            JsonNode value = at(path, path.length);
            if (value.isArray()) value.forEach(one -> all.add(new Taken(one, true)));
            return all;
        }

        /** What is within this tree, to take from. */
        Taken within(List<String> path) {
            return new Taken(at(path.toArray(String[]::new), path.size()), true);
        }

        /** What this is a tree of. */
        JsonNode node() {
            return tree;
        }

        private JsonNode at(String[] path, int length) {
            JsonNode at = tree;
            for (int i = 0; i < length; i++) at = at.path(path[i]);
            return at;
        }

        private static void remove(JsonNode from, String name) {
            if (from instanceof ObjectNode object) object.remove(name);
        }

        /** The paths of what was not taken. */
        List<String> left() {
            List<String> paths = new ArrayList<>();
            left("", tree, paths);
            return paths;
        }

        private static void left(String path, @Nullable JsonNode value, List<String> paths) {
            if (value == null || paths.size() >= NAMED_MAX) return;
            if (value.isObject()) {
                for (Map.Entry<String, JsonNode> one : value.properties())
                    left(
                            path.isEmpty() ? one.getKey() : path + "." + one.getKey(),
                            one.getValue(),
                            paths);
            } else if (value.isArray()) {
                for (int i = 0; i < value.size(); i++)
                    left("%s[%d]".formatted(path, i), value.get(i), paths);
            } else {
                paths.add(path);
            }
        }
    }
}
