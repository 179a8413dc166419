package org.xenimage.script.api;

import java.util.List;

/**
 * A hook: a function of a policy that a run calls.
 *
 * @param name in camel case
 * @param parameters what it is given
 * @param doc when it is called and what it may do
 * @param since the version of the api that has it first
 * @param example of its body
 */
public record HookType(
        String name, List<CallParameter> parameters, String doc, int since, Example example) {
    /** Copies the list. */
    public HookType {
        parameters = List.copyOf(parameters);
    }
}
