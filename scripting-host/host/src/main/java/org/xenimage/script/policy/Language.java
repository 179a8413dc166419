package org.xenimage.script.policy;

import org.xenimage.script.api.Notation;

import java.util.Locale;
import java.util.Optional;

/** The languages in which policies are written. */
public enum Language {
    /** ECMAScript modules. */
    JAVASCRIPT("js", ".js", "JavaScript"),
    /** Python 3. */
    PYTHON("python", ".py", "Python");

    private final String id;
    private final String suffix;
    private final String displayName;

    Language(String id, String suffix, String displayName) {
        this.id = id;
        this.suffix = suffix;
        this.displayName = displayName;
    }

    /** {@return the name by which the engine and the folders of the library know it} */
    public String id() {
        return id;
    }

    /** {@return the ending of its files, with the dot} */
    public String suffix() {
        return suffix;
    }

    /** {@return the name for messages} */
    public String displayName() {
        return displayName;
    }

    /** {@return how it writes what is described of the API} */
    public Notation notation() {
        return switch (this) {
            case JAVASCRIPT -> Notation.JAVASCRIPT;
            case PYTHON -> Notation.PYTHON;
        };
    }

    /**
     * Selects the language of a file.
     *
     * @param fileName its name
     * @return the language, if its ending is one of {@code .js}, {@code .mjs}, {@code .py}
     */
    public static Optional<Language> ofFile(String fileName) {
        String lower = fileName.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".js") || lower.endsWith(".mjs")) return Optional.of(JAVASCRIPT);
        return lower.endsWith(".py") ? Optional.of(PYTHON) : Optional.empty();
    }
}
