package org.xenimage.script.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.script.header.LiteralRejected;
import org.xenimage.script.header.LiteralSyntax;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A parameter of a policy.
 *
 * @param name under {@code ctx.params}
 * @param type of its value; where the header does not say, that of the default
 * @param rule that its value must keep
 * @param fallback its default value, JSON null if there is none
 * @param doc one line
 * @param required whether it must be set
 * @param secret whether its value stays out of logs, reports and messages
 */
public record PolicyParameter(
        String name,
        ParameterType type,
        ParameterRule rule,
        JsonNode fallback,
        String doc,
        boolean required,
        boolean secret) {
    private static final Pattern WORD_END = Pattern.compile("\\s*,\\s*|\\s+");

    /** {@return what a value must be, in words} */
    public String expected() {
        return rule.isNone()
                ? type.expected()
                : switch (type) {
                    case ARRAY -> "a list, each item " + rule;
                    case STRING -> rule.toString();
                    case INTEGER, NUMBER, BOOLEAN, OBJECT ->
                            rule.allowed().isEmpty() ? type.expected() + ", " + rule : "" + rule;
                };
    }

    /**
     * A value of the text that a user gave: a string as it is; a list may be written without brackets and quotes.
     *
     * @param given the text
     * @return the value; empty if it is of another type, and not yet held against the rule
     */
    public Optional<JsonNode> read(String given) {
        return parsed(given).filter(type::fits);
    }

    private Optional<JsonNode> parsed(String given) {
        String text = given.strip();
        if (type == ParameterType.STRING)
            return Optional.of(JsonNodeFactory.instance.textNode(given));
        if (type == ParameterType.ARRAY && !text.startsWith("[")) {
            ArrayNode words = JsonNodeFactory.instance.arrayNode();
            for (String word : WORD_END.split(text, -1)) if (!word.isEmpty()) words.add(word);
            return Optional.of(words);
        }
        try {
            return Optional.of(LiteralSyntax.js(text).json());
        } catch (LiteralRejected e) {
            return Optional.empty();
        }
    }
}
