package org.xenimage.script.grant;

import java.util.List;
import java.util.Locale;

/**
 * One use of a grant, as a script asks for it: nothing of it is checked yet. {@link HostGrants} does it, in the process
 * of the host; a policy in its own process sends it there.
 */
public sealed interface GrantUse {
    /** The most characters of a name, a path or a method. */
    int NAME_MAX = 64 << 10;

    /** The most bytes of what is sent: of a body, of the input of a command, of a line. */
    int SENT_MAX = 1 << 20;

    /** {@return the name by which the policy wants the grant} */
    String grant();

    /** {@return what is done, for the log and in messages} */
    default String verb() {
        return switch (this) {
            case Read _ -> "read";
            case Listing _ -> "list";
            case Append _ -> "append";
            case Request _ -> "request";
            case Run _ -> "run";
            case Variable _ -> "value";
        };
    }

    /** {@return the names and paths in it, which {@link #NAME_MAX} bounds} */
    default List<String> names() {
        return switch (this) {
            case Read(_, String file) -> List.of(file);
            case Request(_, String path, String method, _) -> List.of(path, method);
            case Listing _, Append _, Run _, Variable _ -> List.of();
        };
    }

    /** {@return the text that it sends, which {@link #SENT_MAX} bounds} */
    default String sent() {
        return switch (this) {
            case Append(_, String message) -> message;
            case Request(_, _, _, String body) -> body;
            case Run(_, String input) -> input;
            case Read _, Listing _, Variable _ -> "";
        };
    }

    /**
     * Makes a use of what a message says of it.
     *
     * @param verb what is done
     * @param grant the name of the grant
     * @param names as {@link #names} has them
     * @param sent as {@link #sent} has it
     * @return the use
     * @throws IllegalArgumentException if there is no such use
     */
    static GrantUse of(String verb, String grant, List<String> names, String sent) {
        int most =
                switch (verb) {
                    case "read" -> 1;
                    case "request" -> 2;
                    default -> 0;
                };
        if (names.size() != most)
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s with %d names", verb, names.size()));
        return switch (verb) {
            case "read" -> new Read(grant, names.getFirst());
            case "list" -> new Listing(grant);
            case "append" -> new Append(grant, sent);
            case "request" -> new Request(grant, names.getFirst(), names.getLast(), sent);
            case "run" -> new Run(grant, sent);
            case "value" -> new Variable(grant);
            default -> throw new IllegalArgumentException("unknown use of a grant");
        };
    }

    /** The same with texts cut just beyond their bounds: as wrong as before, and short enough for a message. */
    default GrantUse cut() {
        return of(
                verb(),
                grant(),
                names().stream().map(name -> cut(name, NAME_MAX)).toList(),
                cut(sent(), SENT_MAX));
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most + 1);
    }

    /**
     * Reads a file.
     *
     * @param grant its name
     * @param file the name of a file in a folder; empty for a file
     */
    record Read(String grant, String file) implements GrantUse {}

    /**
     * Lists a folder.
     *
     * @param grant its name
     */
    record Listing(String grant) implements GrantUse {}

    /**
     * Appends a line to a log.
     *
     * @param grant its name
     * @param message of the line
     */
    record Append(String grant, String message) implements GrantUse {}

    /**
     * Sends a request.
     *
     * @param grant its name
     * @param path below the address of the grant
     * @param method of the request
     * @param body of the request
     */
    record Request(String grant, String path, String method, String body) implements GrantUse {}

    /**
     * Runs a command.
     *
     * @param grant its name
     * @param input for its standard input
     */
    record Run(String grant, String input) implements GrantUse {}

    /**
     * Reads a variable of the environment.
     *
     * @param grant its name
     */
    record Variable(String grant) implements GrantUse {}
}
