package org.xenimage.script.policy;

import com.fasterxml.jackson.databind.JsonNode;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * What a policy's header demands of the value of a parameter beyond its type: the keywords {@code enum}, {@code
 * minimum}, {@code maximum} and {@code pattern} of JSON Schema. Of a list, each item is held against it. Immutable.
 *
 * @param allowed the only values, in the order of the header; empty if any is allowed
 * @param minimum the least number
 * @param maximum the greatest number
 * @param pattern a regular expression that is found in the text; it runs in linear time ({@link MatchPattern})
 */
public record ParameterRule(
        List<JsonNode> allowed,
        Optional<BigDecimal> minimum,
        Optional<BigDecimal> maximum,
        Optional<String> pattern) {
    /** Any value. */
    public static final ParameterRule NONE =
            new ParameterRule(List.of(), Optional.empty(), Optional.empty(), Optional.empty());

    /** Copies the list. */
    public ParameterRule {
        allowed = List.copyOf(allowed);
    }

    /** {@return whether any value of the type will do} */
    public boolean isNone() {
        return equals(NONE);
    }

    /**
     * The first item that the rule does not allow.
     *
     * @param value of the parameter
     * @return the value itself, or the item of the list; empty if all is well
     */
    public Optional<JsonNode> violation(JsonNode value) {
        if (value.isArray())
            return StreamSupport.stream(value.spliterator(), false)
                    .filter(item -> !allows(item))
                    .findFirst();
        return allows(value) ? Optional.empty() : Optional.of(value);
    }

    private boolean allows(JsonNode value) {
        if (!allowed.isEmpty() && allowed.stream().noneMatch(one -> same(one, value))) return false;
        if (value.isNumber()) {
            BigDecimal number = value.decimalValue();
            if (minimum.isPresent() && number.compareTo(minimum.get()) < 0) return false;
            if (maximum.isPresent() && number.compareTo(maximum.get()) > 0) return false;
        }
        return pattern.isEmpty()
                || !value.isTextual()
                || MatchPattern.expression(pattern.get(), "").found(value.textValue());
    }

    /** Numbers are the same whatever type of Java holds them. */
    private static boolean same(JsonNode one, JsonNode other) {
        return (one.isNumber() && other.isNumber())
                ? one.decimalValue().compareTo(other.decimalValue()) == 0
                : one.equals(other);
    }

    /**
     * The rule in words, as in {@code one of v1, v2} or {@code 0 to 255}.
     *
     * @return the words, empty if there is no rule
     */
    @Override
    public String toString() {
        if (!allowed.isEmpty())
            return allowed.stream()
                    .map(ParameterRule::plain)
                    .collect(Collectors.joining(", ", "one of ", ""));
        if (minimum.isPresent() && maximum.isPresent())
            return minimum.get().toPlainString() + " to " + maximum.get().toPlainString();
        if (minimum.isPresent()) return "at least " + minimum.get().toPlainString();
        if (maximum.isPresent()) return "at most " + maximum.get().toPlainString();
        return pattern.map(source -> "text like /" + source + "/").orElse("");
    }

    private static String plain(JsonNode value) {
        return value.isTextual() && !value.textValue().isEmpty()
                ? value.textValue()
                : value.toString();
    }
}
