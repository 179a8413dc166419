package org.xenimage.script.api;

import java.util.List;

/**
 * A member of an object that scripts see.
 *
 * @param name in camel case, or a key as both languages write it
 * @param access what a script can do with it
 * @param type of the value, or of the result of a call
 * @param parameters of a call, in order
 * @param byName whether arguments of a call may be given by name
 * @param doc one sentence
 * @param only the one kind of record that has it; empty for all
 * @param since the version of the api that has it first
 * @param example of its use
 */
public record MemberType(
        String name,
        Access access,
        ScriptType type,
        List<CallParameter> parameters,
        boolean byName,
        String doc,
        String only,
        int since,
        Example example) {
    /** What a script can do with a member. */
    public enum Access {
        /** Read it. */
        READ,
        /** Read it and assign it. */
        WRITE,
        /** Call it. */
        CALL,
        /** Read or write a key that is always there, or must be. */
        KEY,
        /** Read or write a key that may be missing. */
        OPTIONAL_KEY
    }

    /** Copies the list. */
    public MemberType {
        parameters = List.copyOf(parameters);
    }

    /**
     * A key of an object.
     *
     * @param name as both languages write it
     * @param type of its value
     * @param always whether it is always there, or must be
     * @param doc one sentence
     * @return the member
     */
    public static MemberType key(String name, ScriptType type, boolean always, String doc) {
        return new MemberType(
                name,
                always ? Access.KEY : Access.OPTIONAL_KEY,
                type,
                List.of(),
                false,
                doc,
                "",
                1,
                new Example("", ""));
    }

    /**
     * With an example.
     *
     * @param javaScript a statement
     * @param python the same
     * @return this member with that example
     */
    public MemberType like(String javaScript, String python) {
        return new MemberType(
                name,
                access,
                type,
                parameters,
                byName,
                doc,
                only,
                since,
                new Example(javaScript, python));
    }

    /**
     * Of one kind of record.
     *
     * @param recordType the only one that has it
     * @return this member, so restricted
     */
    public MemberType only(String recordType) {
        return new MemberType(
                name, access, type, parameters, byName, doc, recordType, since, example);
    }
}
