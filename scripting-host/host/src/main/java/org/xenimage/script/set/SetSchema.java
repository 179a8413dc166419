package org.xenimage.script.set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.api.MemberType;
import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;

import java.util.Map;
import java.util.TreeMap;

/**
 * The JSON Schema (draft 2020-12) of {@code policies.yaml}, for editors. It is made from {@link SetKeys}, as the
 * reader's checks are, so that an editor and the reader know the same keys. What a schema cannot say, such as which
 * keys of a grant go together, only the reader checks.
 */
final class SetSchema {
    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    private final JsonNodeFactory nodes = JsonNodeFactory.instance;
    private final Map<String, JsonNode> definitions = new TreeMap<>();

    private SetSchema() {}

    /** The schema. */
    static JsonNode make() {
        var schema = new SetSchema();
        ObjectNode made = JsonNodeFactory.instance.objectNode();
        made.put("$schema", DIALECT).put("title", "policies.yaml: a set of policies of Xenimage");
        made.setAll(schema.object(SetKeys.SET));
        made.set("$defs", JsonNodeFactory.instance.objectNode().setAll(schema.definitions));
        return made;
    }

    private ObjectNode object(ObjectType type) {
        ObjectNode made = nodes.objectNode();
        made.put("type", "object").put("description", type.doc());
        ObjectNode properties = made.putObject("properties");
        ArrayNode required = nodes.arrayNode();
        for (MemberType key : type.members()) {
            ObjectNode property = nodes.objectNode().put("description", key.doc());
            properties.set(key.name(), property.setAll(value(key.type())));
            if (key.access() == MemberType.Access.KEY) required.add(key.name());
        }
        if (!required.isEmpty()) made.set("required", required);
        made.set(
                "additionalProperties",
                type.others().<JsonNode>map(this::value).orElse(nodes.booleanNode(false)));
        return made;
    }

    private ObjectNode value(ScriptType type) {
        ObjectNode made = nodes.objectNode();
        return switch (type) {
            case ScriptType.Plain plain -> plain(plain);
            case ScriptType.Exactly one -> made.put("const", one.value());
            case ScriptType.Choice choice -> {
                choice.values().forEach(made.putArray("enum")::add);
                yield made;
            }
            case ScriptType.ListOf list ->
                    made.put("type", "array").set("items", value(list.item()));
            case ScriptType.MapOf map ->
                    made.put("type", "object").set("additionalProperties", value(map.value()));
            case ScriptType.OneOf several -> {
                ArrayNode choices = made.putArray("anyOf");
                several.types().forEach(one -> choices.add(value(one)));
                yield made;
            }
            case ScriptType.Keyed keyed -> {
                String name = keyed.object().name();
                if (!definitions.containsKey(name)) {
                    definitions.put(name, made); // an object within itself
                    definitions.put(name, object(keyed.object()));
                }
                yield nodes.objectNode().put("$ref", "#/$defs/" + name);
            }
            case ScriptType.OrNull _, ScriptType.Ref _, ScriptType.FunctionOf _ ->
                    throw new IllegalArgumentException("no value of YAML: " + type);
        };
    }

    private ObjectNode plain(ScriptType.Plain type) {
        ObjectNode made = nodes.objectNode();
        return switch (type) {
            case NUMBER, BIGINT, INTEGER -> made.put("type", "integer");
            case STRING, RECORD_TYPE, PATTERN -> made.put("type", "string");
            case FLAG -> made.put("type", "boolean");
            case JSON, ANY -> made;
            case BYTES, BYTES_LIKE, NOTHING, NEVER ->
                    throw new IllegalArgumentException("no value of YAML: " + type);
        };
    }
}
