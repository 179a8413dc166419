package org.xenimage.script.policy;

import org.xenimage.script.api.ScriptType;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a grant lets a policy do. */
public enum GrantKind {
    /** Read one file. */
    READ("read"),
    /** List a folder and read its files. */
    FOLDER("folder"),
    /** Append lines to a log. */
    APPEND("append"),
    /** Send requests to a host. */
    HTTP("http"),
    /** Run a command. */
    RUN("run"),
    /** Read a variable of the environment. */
    ENVIRONMENT("env");

    /** The names that headers and sets have for the kinds. */
    public static final ScriptType.Choice TYPE =
            new ScriptType.Choice(
                    "GrantKind", Arrays.stream(values()).map(GrantKind::headerName).toList());

    private final String headerName;

    GrantKind(String headerName) {
        this.headerName = headerName;
    }

    /** {@return the name in headers and sets} */
    public String headerName() {
        return headerName;
    }

    /** {@return all names} */
    public static List<String> names() {
        return TYPE.values();
    }

    /**
     * Looks a kind up.
     *
     * @param headerName its name
     * @return the kind, if there is one
     */
    public static Optional<GrantKind> named(String headerName) {
        return Arrays.stream(values())
                .filter(kind -> kind.headerName.equals(headerName))
                .findFirst();
    }
}
