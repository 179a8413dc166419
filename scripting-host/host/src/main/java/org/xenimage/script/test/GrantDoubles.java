package org.xenimage.script.test;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Assignment;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.GrantKind;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.yaml.Located;
import org.xenimage.script.yaml.SpecRejected;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What stands in for grants in a test: texts and answers that the test gives. Nothing outside is reached, except for
 * files beside the test that it names. All checks, limits and log entries are those of real grants. For one run.
 */
final class GrantDoubles {
    private static final URI ADDRESS = URI.create("https://grant.test/");
    private static final int STATUS_MAX = 999;
    private static final int BYTES_MAX = 16 << 20;

    private final TestImages images;
    private final Path beside;
    private final Map<String, Grant> grants = new LinkedHashMap<>();
    private final Map<String, Located> given = new LinkedHashMap<>();
    private final Map<String, List<String>> uses = new HashMap<>();

    private GrantDoubles(TestImages images, Path beside) {
        this.images = images;
        this.beside = beside;
    }

    /**
     * Makes stand-ins.
     *
     * @param specs what the test says of each grant, by its name
     * @param beside the folder of the test
     * @param images has room for files
     * @return the stand-ins
     * @throws IOException if a file cannot be written
     */
    static GrantDoubles of(Map<String, Located> specs, Path beside, TestImages images)
            throws IOException {
        GrantDoubles doubles = new GrantDoubles(images, beside);
        for (var spec : specs.entrySet()) doubles.add(spec.getKey(), spec.getValue());
        return doubles;
    }

    private void add(String name, Located spec) throws IOException {
        spec.keys(GrantKind.names());
        if (spec.entries().size() != 1)
            throw spec.expected("one of " + String.join(", ", GrantKind.names()));
        given.put(name, spec);
        var only = spec.entries().entrySet().iterator().next();
        GrantKind kind = GrantKind.named(only.getKey()).orElseThrow();
        Located value = only.getValue();
        grants.put(
                name,
                switch (kind) {
                    case READ -> new Grant.ReadFile(file(value), BYTES_MAX);
                    case FOLDER -> new Grant.ReadFolder(folder(value), BYTES_MAX);
                    case APPEND -> log(name, value);
                    case HTTP -> host(name, value);
                    case RUN -> command(name, value);
                    case ENVIRONMENT -> variable(name, value);
                });
    }

    private Path file(Located value) throws IOException {
        if (value.json().isTextual()) return Files.writeString(images.next(), value.text());
        value.keys(List.of("file"));
        Located named =
                value.find("file").orElseThrow(() -> value.expected("a text, or file: PATH"));
        Path file = own(named);
        if (!Files.isRegularFile(file)) throw named.rejected("is not a regular file");
        return file;
    }

    private Path folder(Located value) throws IOException {
        if (value.json().isTextual()) {
            Path folder = own(value);
            if (!Files.isDirectory(folder)) throw value.rejected("is not a folder");
            return folder;
        }
        Path folder = Files.createDirectory(images.next());
        for (var file : value.anyKeys().entrySet()) {
            String name = file.getKey();
            if (name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0)
                throw file.getValue().rejected("expected the name of a file");
            Files.writeString(folder.resolve(name), file.getValue().text());
        }
        return folder;
    }

    /** A path in the folder of the test, however it is written and whatever links there are. */
    private Path own(Located value) throws IOException {
        Path folder = beside.toRealPath();
        Path path = folder.resolve(value.text()).normalize();
        try {
            if (!path.startsWith(folder) || !path.toRealPath().equals(path))
                throw value.rejected("expected a path in the folder of the test, without links");
        } catch (NoSuchFileException e) {
            throw new SpecRejected(value.place(), value.path() + ": there is no " + path);
        }
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) images.reading(path);
        return path;
    }

    private List<String> uses(String name) {
        return uses.computeIfAbsent(name, _ -> new ArrayList<>());
    }

    private Grant log(String name, Located value) {
        if (!value.flag()) throw value.expected("true");
        return new Grant.StandIn(
                new Grant.AppendLog(Path.of("/" + name), BYTES_MAX),
                (_, sent) -> {
                    uses(name).add(sent);
                    return Optional.of(new Grant.Response(0, ""));
                });
    }

    private Grant host(String name, Located value) {
        Map<String, Grant.Response> answers = new HashMap<>();
        Set<String> methods = new LinkedHashSet<>();
        for (var answer : value.anyKeys().entrySet()) {
            String asked = answer.getKey().strip();
            int space = asked.indexOf(' ');
            methods.add(space < 0 ? asked : asked.substring(0, space));
            answers.put(asked, response(answer.getValue(), "body", 200));
        }
        return new Grant.StandIn(
                new Grant.HttpHost(ADDRESS, methods, Map.of(), Grant.TIME, BYTES_MAX),
                (asked, sent) -> {
                    uses(name).add(sent.isEmpty() ? asked : asked + " " + sent);
                    return Optional.ofNullable(answers.get(asked));
                });
    }

    private Grant command(String name, Located value) {
        Grant.Response response = response(value, "output", 0);
        return new Grant.StandIn(
                new Grant.RunCommand(List.of("/" + name), Grant.TIME, BYTES_MAX),
                (_, sent) -> {
                    uses(name).add(sent);
                    return Optional.of(response);
                });
    }

    private static Grant variable(String name, Located value) {
        Optional<Grant.Response> response =
                value.json().isNull()
                        ? Optional.empty()
                        : Optional.of(new Grant.Response(0, value.text()));
        return new Grant.StandIn(new Grant.EnvironmentValue(name), (_, _) -> response);
    }

    private static Grant.Response response(Located value, String text, int usual) {
        if (value.json().isTextual()) return new Grant.Response(usual, value.text());
        value.keys(List.of("status", text));
        return new Grant.Response(
                value.find("status")
                        .map(status -> (int) status.integer(0, STATUS_MAX))
                        .orElse(usual),
                value.find(text).map(Located::text).orElse(""));
    }

    /**
     * Gives a policy what it wants.
     *
     * @param policy under test
     * @param only whether it is the only one, so that nobody else wants what it does not
     * @return the policy with these grants
     */
    Policy given(Policy policy, boolean only) {
        Map<String, Grant> wanted = new LinkedHashMap<>();
        for (var want : policy.wants().entrySet()) {
            Grant grant = grants.get(want.getKey());
            Located spec = given.get(want.getKey());
            String kind = want.getValue().headerName();
            if (grant == null || spec == null)
                throw new SpecRejected(
                        "",
                        "the policy wants the grant %s; say what stands in for it: grants: {%s: {%s: …}}"
                                .formatted(want.getKey(), want.getKey(), kind));
            if (grant.kind() != want.getValue())
                throw spec.rejected("the policy wants this grant to be " + kind);
            wanted.put(want.getKey(), grant);
        }
        for (var spec : given.entrySet())
            if (only && !policy.wants().containsKey(spec.getKey()))
                throw spec.getValue()
                        .rejected(
                                "the policy wants no such grant"
                                        + Nearest.suggestion(
                                                spec.getKey(), policy.wants().keySet()));
        return policy.assigned(
                policy.name(),
                policy.on(),
                policy.onError(),
                policy.limits(),
                new Assignment(
                        policy.given().match(),
                        policy.given().quarantine(),
                        policy.given().isolated(),
                        wanted,
                        policy.given().redaction()));
    }

    /** {@return by grant, the messages that were appended, what was sent to a host, and the input of a command} */
    ObjectNode used() {
        ObjectNode used = JsonNodeFactory.instance.objectNode();
        for (var grant : grants.entrySet())
            switch (grant.getValue().kind()) {
                case APPEND, HTTP, RUN ->
                        uses(grant.getKey()).forEach(used.putArray(grant.getKey())::add);
                case READ, FOLDER, ENVIRONMENT -> {}
            }
        return used;
    }
}
