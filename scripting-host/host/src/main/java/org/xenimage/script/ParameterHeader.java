package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.script.header.Literal;
import org.xenimage.script.header.LiteralRejected;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.HeaderKeys;
import org.xenimage.script.policy.MatchPattern;
import org.xenimage.script.policy.ParameterRule;
import org.xenimage.script.policy.ParameterType;
import org.xenimage.script.policy.PolicyParameter;
import org.xenimage.script.policy.Secrets;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads {@code params} of a policy's header: each parameter is a default value, or a description by keywords of JSON
 * Schema ({@code type}, {@code enum}, {@code minimum}, {@code maximum}, {@code pattern}, {@code default}) and of our
 * own ({@code doc}, {@code required}, {@code secret}).
 */
final class ParameterHeader {
    /** An object with one of these describes a parameter; any other object is a default value. */
    private static final List<String> DESCRIBING =
            List.of("type", "enum", "default", "doc", "required", "secret");

    /** Those that a default value has hardly by chance. */
    private static final List<String> MISSPELT = List.of("default", "required", "secret");

    private final String name;
    private final Map<String, Literal> keys;

    private ParameterHeader(String name, Map<String, Literal> keys) {
        this.name = name;
        this.keys = keys;
    }

    static List<PolicyParameter> parameters(Map<String, Literal> params) throws LiteralRejected {
        List<PolicyParameter> parameters = new ArrayList<>();
        for (var entry : params.entrySet()) {
            String name = entry.getKey();
            parameters.add(
                    entry.getValue() instanceof Literal.Entries(_, var keys)
                                    && keys.keySet().stream().anyMatch(ParameterHeader::describes)
                            ? new ParameterHeader(name, keys).described()
                            : plain(name, entry.getValue().json()));
        }
        return parameters;
    }

    /** Whether a key is one of a description, or one of its longer ones with a typing error. */
    private static boolean describes(String key) {
        return DESCRIBING.contains(key) || Nearest.slip(key, MISSPELT).isPresent();
    }

    private static PolicyParameter plain(String name, JsonNode fallback) {
        return new PolicyParameter(
                name,
                ParameterType.of(fallback),
                ParameterRule.NONE,
                fallback,
                "",
                false,
                Secrets.named(name));
    }

    private PolicyParameter described() throws LiteralRejected {
        PolicyHeader.requireKnown("params." + name, keys, HeaderKeys.PARAMETER.names());
        Literal given = keys.get("default");
        JsonNode fallback = given == null ? JsonNodeFactory.instance.nullNode() : given.json();
        Literal doc = keys.get("doc");
        var parameter =
                new PolicyParameter(
                        name,
                        type(fallback),
                        rule(),
                        fallback,
                        doc == null ? "" : PolicyHeader.text(key("doc"), doc),
                        flag("required", false),
                        flag("secret", Secrets.named(name)));
        if (given != null) requireFit(parameter, given);
        return parameter;
    }

    private String key(String leaf) {
        return "params." + name + "." + leaf;
    }

    private ParameterType type(JsonNode fallback) throws LiteralRejected {
        Literal value = keys.get("type");
        if (value == null) return ParameterType.of(fallback.isNull() ? firstAllowed() : fallback);
        String given = PolicyHeader.text(key("type"), value);
        return ParameterType.named(given)
                .orElseThrow(() ->
                        new LiteralRejected(
                                value.line(),
                                1,
                                key("type")
                                        + ": there is no type "
                                        + given
                                        + Nearest.suggestion(
                                                given,
                                                Arrays.stream(ParameterType.values())
                                                        .map(ParameterType::headerName)
                                                        .toList())));
    }

    private JsonNode firstAllowed() throws LiteralRejected {
        List<JsonNode> allowed = allowed();
        return allowed.isEmpty() ? JsonNodeFactory.instance.nullNode() : allowed.getFirst();
    }

    private List<JsonNode> allowed() throws LiteralRejected {
        Literal value = keys.get("enum");
        if (value == null) return List.of();
        if (!(value instanceof Literal.Items items) || items.values().isEmpty())
            throw new LiteralRejected(value.line(), 1, key("enum") + ": expected a list of values");
        List<JsonNode> allowed = new ArrayList<>();
        for (Literal item : items.values()) allowed.add(item.json());
        return allowed;
    }

    private ParameterRule rule() throws LiteralRejected {
        return new ParameterRule(allowed(), number("minimum"), number("maximum"), pattern());
    }

    private Optional<BigDecimal> number(String leaf) throws LiteralRejected {
        Literal value = keys.get(leaf);
        if (value == null) return Optional.empty();
        if (value instanceof Literal.Numeral number) return Optional.of(number.value());
        throw new LiteralRejected(
                value.line(), 1, key(leaf) + ": expected a number, found " + value.kind());
    }

    private Optional<String> pattern() throws LiteralRejected {
        Literal value = keys.get("pattern");
        if (value == null) return Optional.empty();
        String source =
                value instanceof Literal.Expression expression && expression.flags().isEmpty()
                        ? expression.source()
                        : PolicyHeader.text(key("pattern"), value);
        try {
            MatchPattern.expression(source, "");
        } catch (IllegalArgumentException e) {
            throw new LiteralRejected(value.line(), 1, key("pattern") + ": " + e.getMessage());
        }
        return Optional.of(source);
    }

    /** A default that its own declaration does not allow would fail at the first run without a value. */
    private void requireFit(PolicyParameter parameter, Literal given) throws LiteralRejected {
        JsonNode fallback = parameter.fallback();
        if (fallback.isNull()
                || (parameter.type().fits(fallback)
                        && parameter.rule().violation(fallback).isEmpty())) return;
        throw new LiteralRejected(
                given.line(),
                1,
                "%s: expected %s, found %s"
                        .formatted(key("default"), parameter.expected(), fallback));
    }

    private boolean flag(String leaf, boolean otherwise) throws LiteralRejected {
        Literal value = keys.get(leaf);
        if (value == null) return otherwise;
        if (value instanceof Literal.Flag flag) return flag.value();
        throw new LiteralRejected(
                value.line(), 1, key(leaf) + ": expected true or false, found " + value.kind());
    }
}
