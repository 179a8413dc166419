package org.xenimage.script.jsr223;

import org.xenimage.script.HostOptions;
import org.xenimage.script.policy.Language;

import java.util.List;

/**
 * Makes engines for JavaScript, as ECMAScript 2025 defines it; {@code xenimage-js} to a {@code ScriptEngineManager}.
 */
public final class JavaScriptEngineFactory extends LanguageEngineFactory {
    /** A factory of engines with the usual limits. */
    public JavaScriptEngineFactory() {
        this(HostOptions.defaults());
    }

    /**
     * A factory.
     *
     * @param options with the limits that every call of a script is held to
     */
    public JavaScriptEngineFactory(HostOptions options) {
        super(
                Language.JAVASCRIPT,
                options,
                new Names(
                        List.of("xenimage-js", "xenimage-javascript"),
                        List.of("js", "mjs"),
                        List.of("text/javascript", "application/javascript"),
                        "ECMAScript",
                        "2025",
                        ";"));
    }
}
