package org.xenimage.script.test;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.yaml.Located;

import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a test runs, apart from the policies.
 *
 * @param image that they are run over
 * @param parameters of the policies
 * @param site what they see as {@code ctx.site}
 * @param operation that runs
 * @param operator who runs it
 * @param now the time that they see
 * @param grants what stands in for the grants that they want, by name
 * @param schema the file that describes the sections of the site
 * @param folder of the tests
 */
record TrialRequest(
        ImageSpec image,
        Map<String, String> parameters,
        ObjectNode site,
        Operation operation,
        String operator,
        Instant now,
        Map<String, Located> grants,
        Optional<Path> schema,
        Path folder) {
    /** The keys, the same in YAML and in scripts. */
    static final List<String> KEYS =
            List.of(
                    "sample",
                    "image",
                    "params",
                    "site",
                    "operation",
                    "operator",
                    "at",
                    "grants",
                    "schema");

    static TrialRequest usual() {
        return new TrialRequest(
                SampleSpec.USUAL,
                Map.of(),
                JsonNodeFactory.instance.objectNode(),
                Operation.REWRITE,
                "tester",
                Instant.parse("2026-01-31T12:00:00Z"),
                Map.of(),
                Optional.empty(),
                Path.of(""));
    }

    /**
     * This, with what a case says in addition: parameters, grants and parts of a sample are added, the rest is
     * replaced.
     *
     * @param spec whose keys of {@link #KEYS} count; there may be others
     * @param folder where images and files are looked for
     * @return the request
     */
    TrialRequest with(Located spec, Path folder) {
        if (spec.find("sample").isPresent() && spec.find("image").isPresent())
            throw spec.find("image").orElseThrow().rejected("expected either sample or image");
        ImageSpec wanted = image;
        if (spec.find("image").isPresent()) {
            Located file = spec.find("image").orElseThrow();
            wanted = new ImageSpec.FromFile(folder.resolve(file.text()).normalize());
        }
        if (spec.find("sample").isPresent())
            wanted =
                    (image instanceof SampleSpec base ? base : SampleSpec.USUAL)
                            .with(spec.find("sample").orElseThrow());
        Map<String, String> values = new LinkedHashMap<>(parameters);
        spec.find("params")
                .ifPresent(given ->
                        given.anyKeys().forEach((key, value) -> values.put(key, text(value))));
        Map<String, Located> doubles = new LinkedHashMap<>(grants);
        spec.find("grants").ifPresent(given -> doubles.putAll(given.anyKeys()));
        return new TrialRequest(
                wanted,
                values,
                spec.find("site").map(TrialRequest::object).orElse(site),
                spec.find("operation").map(TrialRequest::operation).orElse(operation),
                spec.find("operator").map(Located::text).orElse(operator),
                spec.find("at").map(TrialRequest::time).orElse(now),
                doubles,
                spec.find("schema")
                        .map(file -> folder.resolve(file.text()).normalize())
                        .or(() -> schema),
                folder);
    }

    /** As {@code --set} would have it. */
    private static String text(Located value) {
        return value.json().isTextual() ? value.text() : value.json().toString();
    }

    private static ObjectNode object(Located value) {
        if (value.json() instanceof ObjectNode object) return object;
        throw value.expected("keys");
    }

    private static Operation operation(Located value) {
        List<String> known = new ArrayList<>();
        for (Operation one : Operation.values()) known.add(one.policyName());
        return Operation.named(value.text())
                .orElseThrow(() ->
                        value.rejected(
                                "there is no operation "
                                        + value.text()
                                        + Nearest.suggestion(value.text(), known)));
    }

    private static Instant time(Located value) {
        try {
            return Instant.parse(value.text());
        } catch (DateTimeParseException e) {
            throw value.expected("a time such as 2026-01-31T12:00:00Z");
        }
    }

    RunContext context(String source) {
        return RunContext.of(operation, source, operator, now)
                .withSite(site)
                .withParameters(parameters)
                .withRestartable(true);
    }
}
