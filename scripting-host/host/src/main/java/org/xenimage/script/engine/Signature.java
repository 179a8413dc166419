package org.xenimage.script.engine;

import org.xenimage.script.api.CallParameter;
import org.xenimage.script.api.ScriptType;

import java.util.List;

/**
 * A function of the host, in camel case.
 *
 * @param name of the function
 * @param parameters in order; each may be given by its place or by its name
 * @param byName whether arguments may be given by name: not where an object can be an argument itself
 * @param result what a call gives
 */
public record Signature(
        String name, List<CallParameter> parameters, boolean byName, ScriptType result) {
    /** Copies the list. */
    public Signature {
        parameters = List.copyOf(parameters);
    }

    /**
     * A function whose arguments may be given by name.
     *
     * @param name of the function
     * @param result what a call gives
     * @param parameters in order
     * @return the signature
     */
    public static Signature of(String name, ScriptType result, CallParameter... parameters) {
        return new Signature(name, List.of(parameters), true, result);
    }

    /**
     * A function whose arguments are given by their place.
     *
     * @param name of the function
     * @param result what a call gives
     * @param parameters in order
     * @return the signature
     */
    public static Signature positional(
            String name, ScriptType result, CallParameter... parameters) {
        return new Signature(name, List.of(parameters), false, result);
    }

    /** {@return the names of the parameters, in order} */
    public List<String> names() {
        return parameters.stream().map(CallParameter::name).toList();
    }
}
