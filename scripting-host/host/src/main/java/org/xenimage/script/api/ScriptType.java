package org.xenimage.script.api;

import java.util.List;

/**
 * What a value is to a script, in both languages. Immutable.
 *
 * <pre>
 *   type            JavaScript          Python
 *   NUMBER          number              int         up to 2^53: what one compares and counts with
 *   BIGINT          bigint              int         64 bits: masks, addresses, registers
 *   INTEGER         number | bigint     int         an argument of 64 bits
 *   STRING          string              str
 *   FLAG            boolean             bool
 *   BYTES           Uint8Array          bytearray
 *   BYTES_LIKE      Uint8Array, ArrayBuffer, string, number[]; bytes, bytearray, str: an argument
 *   RECORD_TYPE     names, 0x…          str         the type of a record
 *   PATTERN         RegExp              re.Pattern[str]
 *   JSON            any                 Any         whatever JSON holds
 *   ANY             any                 Any
 *   NOTHING         void                None
 *   NEVER           never               NoReturn    the call does not return
 * </pre>
 */
public sealed interface ScriptType {
    /** Types without parts. */
    enum Plain implements ScriptType {
        /** An integer up to 2^53. */
        NUMBER,
        /** An integer of 64 bits. */
        BIGINT,
        /** An integer of 64 bits as an argument, where a Number of JavaScript does too. */
        INTEGER,
        /** A string. */
        STRING,
        /** True or false. */
        FLAG,
        /** Bytes. */
        BYTES,
        /** An argument that is read as bytes. */
        BYTES_LIKE,
        /** The name of a record type, or its number in hex. */
        RECORD_TYPE,
        /** A regular expression. */
        PATTERN,
        /** Whatever JSON holds. */
        JSON,
        /** Any value. */
        ANY,
        /** No result. */
        NOTHING,
        /** The call does not return. */
        NEVER
    }

    /**
     * One integer.
     *
     * @param value the only one allowed
     */
    record Exactly(int value) implements ScriptType {}

    /**
     * One of some strings.
     *
     * @param name in the typings; empty if the strings stand in place of one
     * @param values allowed
     */
    record Choice(String name, List<String> values) implements ScriptType {
        /** Copies the list. */
        public Choice {
            values = List.copyOf(values);
        }
    }

    /**
     * A list.
     *
     * @param item what each item is
     */
    record ListOf(ScriptType item) implements ScriptType {}

    /**
     * An object or a dict with any keys.
     *
     * @param value what each value is
     */
    record MapOf(ScriptType value) implements ScriptType {}

    /**
     * A value that may be missing: {@code null} or {@code None}.
     *
     * @param type what it is where it is there
     */
    record OrNull(ScriptType type) implements ScriptType {}

    /**
     * One of several types.
     *
     * @param types the alternatives
     */
    record OneOf(List<ScriptType> types) implements ScriptType {
        /** Copies the list. */
        public OneOf {
            types = List.copyOf(types);
        }
    }

    /**
     * An object of the API, by its name: it may be described elsewhere, or be the describing object itself.
     *
     * @param name of the {@link ObjectType}
     */
    record Ref(String name) implements ScriptType {}

    /**
     * An object with named values.
     *
     * @param object which
     */
    record Keyed(ObjectType object) implements ScriptType {}

    /**
     * A function of the script that the host calls; what it returns does not count.
     *
     * @param parameter the name of what it is given
     * @param given what that is
     */
    record FunctionOf(String parameter, ScriptType given) implements ScriptType {}

    /**
     * A list of a type.
     *
     * @param item what each item is
     * @return the type of the list
     */
    static ScriptType list(ScriptType item) {
        return new ListOf(item);
    }

    /**
     * A type or nothing.
     *
     * @param type what it is where it is there
     * @return the type
     */
    static ScriptType orNull(ScriptType type) {
        return new OrNull(type);
    }

    /**
     * One of some strings.
     *
     * @param values allowed
     * @return the type
     */
    static ScriptType choice(String... values) {
        return new Choice("", List.of(values));
    }

    /**
     * One of several types.
     *
     * @param types the alternatives
     * @return the type
     */
    static ScriptType oneOf(ScriptType... types) {
        return new OneOf(List.of(types));
    }

    /**
     * A type or a list of it.
     *
     * @param item the type
     * @return the type
     */
    static ScriptType oneOrMore(ScriptType item) {
        return oneOf(item, list(item));
    }
}
