package org.xenimage.script.api;

import java.util.stream.Collectors;

/** How a language writes what is described: names, types, calls. */
public enum Notation {
    /** Camel case, types of TypeScript. */
    JAVASCRIPT,
    /** Snake case, types of Python. */
    PYTHON;

    /**
     * The name of a member.
     *
     * @param object that has it
     * @param member of the object
     * @return the name as this language spells it
     */
    public String name(ObjectType object, MemberType member) {
        return this == JAVASCRIPT || object.form() == ObjectType.Form.KEYS
                ? member.name()
                : Spelling.snake(member.name());
    }

    /**
     * A type.
     *
     * @param type to write
     * @return the type as this language writes it
     */
    public String type(ScriptType type) {
        return switch (this) {
            case JAVASCRIPT -> TypeScript.type(type);
            case PYTHON -> PythonTypes.type(type);
        };
    }

    /**
     * A member with its type, or with its parameters and its result.
     *
     * @param object that has it
     * @param member of the object
     * @return such as {@code u32(offset: number): number}
     */
    public String signature(ObjectType object, MemberType member) {
        String name = name(object, member);
        String type = type(member.type());
        return switch (member.access()) {
            case READ, WRITE, KEY -> name + ": " + type;
            case OPTIONAL_KEY -> name + (this == JAVASCRIPT ? "?: " : ": ") + type;
            case CALL ->
                    name
                            + member.parameters().stream()
                                    .map(this::parameter)
                                    .collect(Collectors.joining(", ", "(", ")"))
                            + (this == JAVASCRIPT ? ": " : " -> ")
                            + type;
        };
    }

    /**
     * A parameter with its type.
     *
     * @param parameter of a call
     * @return such as {@code limit?: number}
     */
    public String parameter(CallParameter parameter) {
        return switch (this) {
            case JAVASCRIPT -> TypeScript.parameter(parameter);
            case PYTHON ->
                    Spelling.snake(parameter.name())
                            + ": "
                            + type(parameter.type())
                            + (parameter.required() ? "" : " = …");
        };
    }

    /**
     * An example.
     *
     * @param example in both languages
     * @return the statement in this language
     */
    public String example(Example example) {
        return switch (this) {
            case JAVASCRIPT -> example.javaScript();
            case PYTHON -> example.python();
        };
    }
}
