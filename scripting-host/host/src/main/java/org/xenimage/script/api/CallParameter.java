package org.xenimage.script.api;

/**
 * A parameter of a function or a hook.
 *
 * @param name in camel case
 * @param type what the argument is
 * @param required whether a call needs it
 * @param doc what it is for, a phrase
 */
public record CallParameter(String name, ScriptType type, boolean required, String doc) {
    /**
     * A parameter that a call needs.
     *
     * @param name in camel case
     * @param type what the argument is
     * @param doc what it is for, a phrase
     * @return the parameter
     */
    public static CallParameter required(String name, ScriptType type, String doc) {
        return new CallParameter(name, type, true, doc);
    }

    /**
     * A parameter that a call may leave out.
     *
     * @param name in camel case
     * @param type what the argument is
     * @param doc what it is for and what holds without it, a phrase
     * @return the parameter
     */
    public static CallParameter optional(String name, ScriptType type, String doc) {
        return new CallParameter(name, type, false, doc);
    }
}
