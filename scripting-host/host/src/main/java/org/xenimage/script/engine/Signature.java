package org.xenimage.script.engine;

import java.util.List;

/**
 * The name and the parameters of a function of the host, in camel case.
 *
 * @param name of the function
 * @param parameters in order; each may be given by its place or by its name
 * @param byName whether arguments may be given by name: not where an object can be an argument itself
 */
public record Signature(String name, List<String> parameters, boolean byName) {
    /**
     * A function whose arguments may be given by name.
     *
     * @param name of the function
     * @param parameters in order
     * @return the signature
     */
    public static Signature of(String name, String... parameters) {
        return new Signature(name, List.of(parameters), true);
    }

    /**
     * A function whose arguments are given by their place.
     *
     * @param name of the function
     * @param parameters in order
     * @return the signature
     */
    public static Signature positional(String name, String... parameters) {
        return new Signature(name, List.of(parameters), false);
    }
}
