package org.xenimage.script.grant;

import static org.xenimage.script.api.MemberType.key;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.GrantKind;
import org.xenimage.script.yaml.Located;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the definitions of grants in a policy set. */
public final class GrantReader {
    private static final int BYTES_MAX = 16 << 20;
    private static final long LOG_BYTES = 64L << 20;
    private static final long LOG_BYTES_MAX = 1L << 40;
    private static final int SECONDS_MAX = 60;
    private static final int WORDS_MAX = 256;
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

    /** Keys of a grant: one of the kinds, and its limits and options. */
    public static final ObjectType GRANT =
            ObjectType.keys(
                    "SetGrant",
                    "Something outside the image that policies of the set can be granted.",
                    key(
                            "read",
                            STRING,
                            false,
                            "The absolute path of a file that the policy may read."),
                    key(
                            "folder",
                            STRING,
                            false,
                            "The absolute path of a folder whose files the policy may read."),
                    key(
                            "append",
                            STRING,
                            false,
                            "The absolute path of a log to which the policy may append lines."),
                    key(
                            "http",
                            STRING,
                            false,
                            "An address; requests may go to it and to paths below it."),
                    key(
                            "run",
                            ScriptType.list(STRING),
                            false,
                            "A command with its arguments; the program is an absolute path."),
                    key("env", STRING, false, "The name of an environment variable."),
                    key(
                            "bytes",
                            NUMBER,
                            false,
                            "The most bytes of a file, answer or output (default: 1 MiB) or log (64 MiB)."),
                    key(
                            "seconds",
                            NUMBER,
                            false,
                            "The time limit of a request or a command (default: 5)."),
                    key(
                            "methods",
                            ScriptType.list(new ScriptType.Choice("", METHODS)),
                            false,
                            "The allowed request methods (default: GET)."),
                    key(
                            "headers",
                            new ScriptType.MapOf(STRING),
                            false,
                            "Headers of every request, such as Authorization; never logged."));

    private GrantReader() {}

    /**
     * Reads a grant.
     *
     * @param given its keys
     * @return the grant
     */
    public static Grant read(Located given) {
        given.keys(GRANT.names());
        List<GrantKind> kinds = new ArrayList<>();
        for (GrantKind kind : GrantKind.values())
            if (given.find(kind.headerName()).isPresent()) kinds.add(kind);
        if (kinds.size() != 1)
            throw given.rejected(
                    "expected one of %s, found %s"
                            .formatted(
                                    String.join(", ", GrantKind.names()),
                                    kinds.isEmpty() ? "none" : "several"));
        Located value = given.find(kinds.getFirst().headerName()).orElseThrow();
        return switch (kinds.getFirst()) {
            case READ -> {
                only(given, "bytes");
                yield new Grant.ReadFile(path(value), bytes(given));
            }
            case FOLDER -> {
                only(given, "bytes");
                yield new Grant.ReadFolder(path(value), bytes(given));
            }
            case APPEND -> {
                only(given, "bytes");
                yield new Grant.AppendLog(
                        path(value),
                        given.find("bytes")
                                .map(bytes -> bytes.integer(1, LOG_BYTES_MAX))
                                .orElse(LOG_BYTES));
            }
            case HTTP -> {
                only(given, "bytes", "seconds", "methods", "headers");
                URI base = address(value);
                yield new Grant.HttpHost(
                        base, methods(given), headers(given, base), time(given), bytes(given));
            }
            case RUN -> {
                only(given, "bytes", "seconds");
                yield new Grant.RunCommand(words(value), time(given), bytes(given));
            }
            case ENVIRONMENT -> {
                only(given);
                yield new Grant.EnvironmentValue(name(value));
            }
        };
    }

    private static void only(Located given, String... allowed) {
        List<String> known = List.of(allowed);
        for (String key : List.of("bytes", "seconds", "methods", "headers"))
            if (!known.contains(key) && given.find(key).isPresent())
                throw given.find(key).get().rejected("this kind of grant has no such key");
    }

    private static int bytes(Located given) {
        return given.find("bytes")
                .map(bytes -> (int) bytes.integer(1, BYTES_MAX))
                .orElse(Grant.BYTES);
    }

    private static Duration time(Located given) {
        return given.find("seconds")
                .map(seconds -> Duration.ofSeconds(seconds.integer(1, SECONDS_MAX)))
                .orElse(Grant.TIME);
    }

    private static Path path(Located given) {
        try {
            Path path = Path.of(given.text());
            if (path.isAbsolute()) return path.normalize();
        } catch (InvalidPathException e) {
            throw given.rejected("is not a path: " + e.getReason());
        }
        throw given.expected("an absolute path");
    }

    private static URI address(Located given) {
        try {
            URI address = new URI(given.text());
            boolean web = "https".equals(address.getScheme()) || "http".equals(address.getScheme());
            if (address.getRawUserInfo() != null) // not shown: it may be a password
            throw given.rejected("expected no user in the address; use headers instead");
            if (web
                    && address.getHost() != null
                    && address.getRawQuery() == null
                    && address.getRawFragment() == null
                    && address.equals(address.normalize())) return address;
        } catch (URISyntaxException e) {
            throw given.rejected("is not a valid address: " + e.getReason());
        }
        throw given.expected("an address such as https://cmdb.example.org/api/");
    }

    private static Set<String> methods(Located given) {
        if (given.find("methods").isEmpty()) return Set.of("GET");
        Set<String> methods = new LinkedHashSet<>();
        for (Located one : given.find("methods").get().list()) {
            if (!METHODS.contains(one.text()))
                throw one.rejected(
                        "expected one of %s, found %s%s"
                                .formatted(
                                        String.join(", ", METHODS),
                                        one.text(),
                                        Nearest.suggestion(one.text(), METHODS)));
            methods.add(one.text());
        }
        return methods;
    }

    private static Map<String, String> headers(Located given, URI base) {
        Map<String, String> headers = new LinkedHashMap<>();
        Optional<Located> named = given.find("headers");
        if (named.isEmpty()) return headers;
        named.get()
                .anyKeys()
                .forEach((name, value) -> {
                    headers.put(name, value.text());
                    try {
                        HttpRequest.newBuilder(base).header(name, value.text());
                    } catch (IllegalArgumentException e) {
                        // Its value may be a secret, and so may what the library says of it.
                        throw value.rejected("is not an allowed request header");
                    }
                });
        return headers;
    }

    private static List<String> words(Located given) {
        List<String> words = new ArrayList<>();
        for (Located one : given.items()) words.add(one.text());
        if (words.isEmpty() || words.size() > WORDS_MAX)
            throw given.rejected("expected a program and at most %d words".formatted(WORDS_MAX));
        if (!words.getFirst().startsWith("/"))
            throw given.items().getFirst().expected("the absolute path of a program");
        for (Located one : given.items())
            if (one.text().indexOf('\0') >= 0) throw one.rejected("has a NUL character");
        return words;
    }

    private static String name(Located given) {
        String name = given.text();
        if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0)
            throw given.expected("the name of a variable");
        return name;
    }
}
