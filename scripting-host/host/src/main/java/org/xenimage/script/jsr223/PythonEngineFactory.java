package org.xenimage.script.jsr223;

import org.xenimage.script.HostOptions;
import org.xenimage.script.policy.Language;

import java.util.List;

/** Makes engines for Python 3; {@code xenimage-python} to a {@code ScriptEngineManager}. */
public final class PythonEngineFactory extends LanguageEngineFactory {
    /** A factory of engines with the usual limits. */
    public PythonEngineFactory() {
        this(HostOptions.defaults());
    }

    /**
     * A factory.
     *
     * @param options with the limits that every call of a script is held to
     */
    public PythonEngineFactory(HostOptions options) {
        super(
                Language.PYTHON,
                options,
                new Names(
                        List.of("xenimage-python", "xenimage-py"),
                        List.of("py"),
                        List.of("text/x-python", "application/x-python-code"),
                        "Python",
                        "3.12",
                        ""));
    }
}
