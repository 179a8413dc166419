package org.xenimage.script.policy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Something outside the image that an administrator grants a policy, under a name. A policy has only the grants that it
 * wants and that it was given. Immutable; made by a policy set, or by a program that embeds policies.
 */
public sealed interface Grant {
    /** The default limit on the bytes that one use reads: 1 MiB. */
    int BYTES = 1 << 20;

    /** The files of a folder that can be read. */
    int LISTED = 1000;

    /** The default time limit of one use. */
    Duration TIME = Duration.ofSeconds(5);

    /** {@return what it lets a policy do} */
    default GrantKind kind() {
        return switch (this) {
            case ReadFile _ -> GrantKind.READ;
            case ReadFolder _ -> GrantKind.FOLDER;
            case AppendLog _ -> GrantKind.APPEND;
            case HttpHost _ -> GrantKind.HTTP;
            case RunCommand _ -> GrantKind.RUN;
            case EnvironmentValue _ -> GrantKind.ENVIRONMENT;
            case StandIn(Grant grant, _) -> grant.kind();
        };
    }

    /** {@return its target, for logs and messages: a path, an address, a command, a name} */
    default String target() {
        return switch (this) {
            case ReadFile(Path file, _) -> file.toString();
            case ReadFolder(Path folder, _) -> folder.toString();
            case AppendLog(Path file, _) -> file.toString();
            case HttpHost host -> host.base().toString();
            case RunCommand(List<String> argv, _, _) -> argv.getFirst();
            case EnvironmentValue(String name) -> name;
            case StandIn(Grant grant, _) -> grant.target();
        };
    }

    /**
     * The files that it lets a policy read, as they are now.
     *
     * @return the file, or the files of the folder; not all of a large folder; empty for other kinds
     * @throws IOException if a folder cannot be read
     */
    default List<Path> reads() throws IOException {
        return switch (this) {
            case ReadFile(Path file, _) -> List.of(file);
            case ReadFolder(Path folder, _) -> {
                if (!Files.isDirectory(folder)) yield List.of();
                try (Stream<Path> files = Files.list(folder)) {
                    yield files.limit(LISTED).toList();
                }
            }
            case AppendLog _, HttpHost _, RunCommand _, EnvironmentValue _, StandIn _ -> List.of();
        };
    }

    /**
     * One file.
     *
     * @param file a regular file
     * @param bytes that it may have
     */
    record ReadFile(Path file, int bytes) implements Grant {}

    /**
     * The files of a folder, not those of the folders in it.
     *
     * @param folder whose regular files may be read
     * @param bytes that one may have
     */
    record ReadFolder(Path folder, int bytes) implements Grant {}

    /**
     * A log, to which lines of JSON are appended.
     *
     * @param file made if it does not exist
     * @param bytes the size limit: nothing is appended beyond it
     */
    record AppendLog(Path file, long bytes) implements Grant {}

    /**
     * A host, and what is below a path on it.
     *
     * @param base an address with http or https
     * @param methods that may be used
     * @param headers of every request; never logged
     * @param time that a request may take
     * @param bytes that an answer may have
     */
    record HttpHost(
            URI base, Set<String> methods, Map<String, String> headers, Duration time, int bytes)
            implements Grant {
        /** Copies the collections. */
        public HttpHost {
            methods = Set.copyOf(methods);
            headers = Map.copyOf(headers);
        }
    }

    /**
     * A command with all its arguments.
     *
     * @param argv the program, by its absolute path, and its arguments
     * @param time that it may take
     * @param bytes that it may print
     */
    record RunCommand(List<String> argv, Duration time, int bytes) implements Grant {
        /** Copies the list. */
        public RunCommand {
            argv = List.copyOf(argv);
            if (argv.isEmpty()) throw new IllegalArgumentException("argv: is empty");
        }
    }

    /**
     * A variable of the environment.
     *
     * @param name of it
     */
    record EnvironmentValue(String name) implements Grant {}

    /**
     * A grant in a test: a log, host, command or variable that is checked, limited and logged like a real one, and not
     * reached.
     *
     * @param grant what it stands in for
     * @param responder what answers
     */
    record StandIn(Grant grant, Responder responder) implements Grant {}

    /** What answers in the place of what a grant reaches. */
    @FunctionalInterface
    interface Responder {
        /**
         * Answers a use.
         *
         * @param asked method and path of a request, separated by a space; empty for other kinds
         * @param sent the message, the body or the input
         * @return the answer; empty if there is none, or the variable is not set
         */
        Optional<Response> respond(String asked, String sent);
    }

    /**
     * An answer.
     *
     * @param status of the answer or the command; nothing for other kinds
     * @param text the body, the output or the value
     */
    record Response(int status, String text) {}
}
