package org.xenimage.script.api;

import java.util.ArrayList;
import java.util.List;

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

    /**
     * Parameters as a language writes them by their place, where none that is required can follow one that is not.
     *
     * @param parameters in order
     * @return the same; one that comes before a required one is required, and may be null
     */
    static List<CallParameter> byPlace(List<CallParameter> parameters) {
        List<CallParameter> made = new ArrayList<>();
        boolean needed = false;
        for (CallParameter one : parameters.reversed()) {
            made.addFirst(
                    needed && !one.required()
                            ? required(one.name(), ScriptType.orNull(one.type()), one.doc())
                            : one);
            needed |= one.required();
        }
        return made;
    }
}
