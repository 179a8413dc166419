package org.xenimage.script.api;

import java.util.List;
import java.util.Optional;

/**
 * An object that scripts see: its name in the typings and its members.
 *
 * @param name in the typings, such as {@code PageBatch}
 * @param variable what hooks, messages and examples call it, such as {@code batch}
 * @param form how scripts reach the members
 * @param doc one sentence
 * @param members in the order of the reference
 * @param others what members with other names are; nothing if there are none
 * @param setting where the examples of the members run
 */
public record ObjectType(
        String name,
        String variable,
        Form form,
        String doc,
        List<MemberType> members,
        Optional<ScriptType> others,
        Setting setting) {
    /** How scripts reach the members of an object. */
    public enum Form {
        /** A view of the host: attributes, in camel case in JavaScript and in snake case in Python. */
        VIEW,
        /** An object or a dict of the language's own, whose keys are the same in both languages. */
        KEYS,
        /** The same, with keys in camel case and in snake case. */
        SPELLED_KEYS
    }

    /** Copies the list. */
    public ObjectType {
        members = List.copyOf(members);
    }

    /**
     * An object of keys.
     *
     * @param name in the typings
     * @param doc one sentence
     * @param members its keys
     * @return the object
     */
    public static ObjectType keys(String name, String doc, MemberType... members) {
        return new ObjectType(
                name, "", Form.KEYS, doc, List.of(members), Optional.empty(), Setting.NONE);
    }

    /**
     * With a place for examples.
     *
     * @param called what hooks, messages and examples call the object
     * @param where the examples run
     * @return this object with that place
     */
    public ObjectType in(String called, Setting where) {
        return new ObjectType(name, called, form, doc, members, others, where);
    }

    /**
     * With other keys than those described.
     *
     * @param value what each of them is
     * @return this object, open
     */
    public ObjectType open(ScriptType value) {
        return new ObjectType(name, variable, form, doc, members, Optional.of(value), setting);
    }

    /**
     * With keys in camel case and in snake case.
     *
     * @return this object with such keys
     */
    public ObjectType spelled() {
        return new ObjectType(name, variable, Form.SPELLED_KEYS, doc, members, others, setting);
    }

    /** {@return the names of the members in camel case, or as both languages write them} */
    public List<String> names() {
        return members.stream().map(MemberType::name).toList();
    }
}
