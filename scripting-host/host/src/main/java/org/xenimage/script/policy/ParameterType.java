package org.xenimage.script.policy;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.Optional;

/** What kind of value a parameter takes, by the names that JSON Schema uses. */
public enum ParameterType {
    /** Text. */
    STRING("string", "a string"),
    /** A number without a fraction. */
    INTEGER("integer", "an integer"),
    /** Any number. */
    NUMBER("number", "a number"),
    /** True or false. */
    BOOLEAN("boolean", "true or false"),
    /** A list; on a command line, words separated by commas are a list of strings. */
    ARRAY("array", "a list"),
    /** Keys and values. */
    OBJECT("object", "a JSON object");

    private final String header;
    private final String expected;

    ParameterType(String header, String expected) {
        this.header = header;
        this.expected = expected;
    }

    /** {@return its name in a policy's header} */
    public String headerName() {
        return header;
    }

    /** {@return what to write, for a message} */
    public String expected() {
        return expected;
    }

    /**
     * The type of a name.
     *
     * @param name in a policy's header
     * @return the type, if there is one of that name
     */
    public static Optional<ParameterType> named(String name) {
        for (ParameterType type : values()) if (type.header.equals(name)) return Optional.of(type);
        return Optional.empty();
    }

    /**
     * The type that a default value has.
     *
     * @param fallback the default; JSON null says nothing, and is taken for that of a string
     * @return the type
     */
    public static ParameterType of(JsonNode fallback) {
        return switch (fallback.getNodeType()) {
            case NUMBER -> fallback.isIntegralNumber() ? INTEGER : NUMBER;
            case BOOLEAN -> BOOLEAN;
            case ARRAY -> ARRAY;
            case OBJECT, POJO -> OBJECT;
            case STRING, NULL, MISSING, BINARY -> STRING;
        };
    }

    /**
     * Whether a value is of this type.
     *
     * @param value to look at
     * @return whether it is
     */
    public boolean fits(JsonNode value) {
        return switch (this) {
            case STRING -> value.isTextual();
            case INTEGER -> value.isIntegralNumber();
            case NUMBER -> value.isNumber();
            case BOOLEAN -> value.isBoolean();
            case ARRAY -> value.isArray();
            case OBJECT -> value.isObject();
        };
    }
}
