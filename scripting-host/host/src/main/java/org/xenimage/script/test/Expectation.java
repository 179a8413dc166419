package org.xenimage.script.test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.page.PagePattern;
import org.xenimage.image.page.PageSelection;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.XenRecord;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.TestedRun;
import org.xenimage.script.tree.TreeDiff;
import org.xenimage.script.view.TypedFields;
import org.xenimage.script.yaml.Located;
import org.xenimage.tools.index.ImageIndex;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a case says must come of its run.
 *
 * <p>If it names any part of the image that must change, then every edit must be named: an edit that is not fails the
 * case, unless {@code others: allowed}. A case that names none is about messages and outcomes only.
 */
final class Expectation {
    private static final List<String> KEYS =
            List.of(
                    "outcome",
                    "unchanged",
                    "config",
                    "metadata",
                    "records",
                    "sections",
                    "pages",
                    "edits",
                    "others",
                    "veto",
                    "error",
                    "log",
                    "warn",
                    "print",
                    "grants");
    private static final List<String> OUTCOMES = List.of("ran", "not-run", "skipped");
    private static final List<String> SECTION =
            List.of("type", "mandatory", "text", "hex", "found", "gone", "fields");
    private static final List<String> PAGES = List.of("edited", "bytes", "found", "gone");
    private static final Pattern RECORD = Pattern.compile("(\\w+)(?:\\[(\\d{1,6})])?");

    private final Located spec;
    private final Map<Located, TextMatch> texts;
    private final List<Edited> named = new ArrayList<>();
    private final List<Mismatch> mismatches = new ArrayList<>();

    /** A part of the image that a case names. */
    private record Edited(String element, TreePath path) {}

    private Expectation(Located spec) {
        this.spec = spec;
        this.texts = new java.util.HashMap<>();
    }

    /** Checks what a case says, before anything is run. */
    static Expectation of(Located spec) {
        spec.keys(KEYS);
        if (spec.entries().isEmpty())
            throw spec.rejected("expected something, such as unchanged: true");
        Expectation made = new Expectation(spec);
        made.check();
        return made;
    }

    private void check() {
        spec.find("outcome")
                .ifPresent(value -> {
                    if (!OUTCOMES.contains(value.text()))
                        throw value.expected(String.join(", ", OUTCOMES) + "; see veto and error");
                });
        spec.find("unchanged").ifPresent(Located::flag);
        spec.find("edits").ifPresent(value -> value.integer(0, Integer.MAX_VALUE));
        spec.find("others")
                .ifPresent(value -> {
                    if (!value.text().equals("allowed")) throw value.expected("allowed");
                });
        spec.find("config")
                .ifPresent(given ->
                        given.anyKeys()
                                .forEach((key, value) ->
                                        named.add(new Edited("config", TreePath.of(value, key)))));
        spec.find("metadata")
                .ifPresent(given ->
                        given.anyKeys()
                                .forEach((key, _) ->
                                        named.add(
                                                new Edited(
                                                        "site metadata",
                                                        new TreePath(List.of(key))))));
        spec.find("records").ifPresent(this::checkRecords);
        spec.find("sections").ifPresent(given -> given.anyKeys().forEach(this::checkSection));
        spec.find("pages").ifPresent(this::checkPages);
        for (String key : List.of("veto", "error"))
            spec.find(key)
                    .filter(value -> !value.json().isBoolean())
                    .ifPresent(value -> texts.put(value, TextMatch.of(value)));
        for (String key : List.of("log", "warn", "print"))
            spec.find(key)
                    .ifPresent(given ->
                            given.list().forEach(line -> texts.put(line, TextMatch.of(line))));
        spec.find("grants")
                .ifPresent(given ->
                        given.anyKeys()
                                .values()
                                .forEach(uses ->
                                        uses.list()
                                                .forEach(
                                                        use -> texts.put(use, TextMatch.of(use)))));
    }

    private void checkRecords(Located given) {
        given.anyKeys()
                .forEach((key, value) -> {
                    Matcher name = RECORD.matcher(key);
                    if (!name.matches())
                        throw value.rejected("expected a record such as X86_TSC_INFO or VERIFY[1]");
                    requireRecord(value, name.group(1));
                    String element = "record " + name.group(1);
                    if (value.json().isTextual()) {
                        if (!value.text().equals("absent"))
                            throw value.expected("fields, or absent");
                        named.add(new Edited(element, new TreePath(List.of())));
                        return;
                    }
                    value.anyKeys()
                            .forEach((field, one) -> {
                                if (field.equals("features")) {
                                    one.anyKeys().values().forEach(Located::flag);
                                    named.add(new Edited(element, new TreePath(List.of())));
                                    return;
                                }
                                List<String> steps = new ArrayList<>(List.of("fields"));
                                steps.addAll(TreePath.of(one, field).steps());
                                named.add(new Edited(element, new TreePath(steps)));
                            });
                });
    }

    private void checkSection(String name, Located given) {
        SectionHead.nameProblem(name)
                .ifPresent(problem -> {
                    throw given.rejected(problem);
                });
        String element = "section " + name;
        if (given.json().isTextual()) {
            if (!given.text().equals("absent")) throw given.expected("keys, or absent");
            named.add(new Edited(element, new TreePath(List.of())));
            return;
        }
        given.keys(SECTION);
        // Whoever names a section expects it to be there, however it got there.
        named.add(new Edited(element, new TreePath(List.of("add"))));
        for (String key : given.entries().keySet())
            switch (key) {
                case "type", "mandatory" ->
                        named.add(new Edited(element, new TreePath(List.of(key))));
                case "fields" ->
                        given.find(key)
                                .get()
                                .anyKeys()
                                .forEach((field, one) -> {
                                    List<String> steps = new ArrayList<>(List.of("fields"));
                                    steps.addAll(TreePath.of(one, field).steps());
                                    named.add(new Edited(element, new TreePath(steps)));
                                });
                default -> {
                    for (String content : List.of("bytes", "fields"))
                        named.add(new Edited(element, new TreePath(List.of(content))));
                }
            }
        given.find("mandatory").ifPresent(Located::flag);
        for (String text : List.of("found", "gone"))
            given.find(text)
                    .ifPresent(value ->
                            value.list().forEach(one -> texts.put(one, TextMatch.of(one))));
        given.find("hex")
                .filter(value -> !value.text().matches("([0-9a-f]{2})*"))
                .ifPresent(value -> {
                    throw value.expected("bytes in hex, in small letters");
                });
    }

    private static void requireRecord(Located place, String name) {
        List<String> known = new ArrayList<>();
        for (Layer layer : Layer.values()) known.addAll(RecordType.names(layer));
        if (!known.contains(name))
            throw place.rejected("there is no record " + name + Nearest.suggestion(name, known));
    }

    private void checkPages(Located given) {
        given.keys(PAGES);
        for (String count : List.of("edited", "bytes"))
            given.find(count).ifPresent(value -> value.integer(0, Long.MAX_VALUE));
        for (String text : List.of("found", "gone"))
            given.find(text).ifPresent(value -> value.list().forEach(Located::text));
    }

    /** Whether the case is about what is changed, and so must name everything that is. */
    private boolean complete() {
        if (spec.find("others").isPresent()) return false;
        return spec.find("unchanged").isPresent()
                || spec.find("config").isPresent()
                || spec.find("metadata").isPresent()
                || spec.find("records").isPresent()
                || spec.find("sections").isPresent()
                || spec.find("pages").isPresent();
    }

    /**
     * Holds a run against this. Used once.
     *
     * @param run that was made
     * @return what is not as expected
     * @throws IOException if an image cannot be read
     */
    List<Mismatch> check(TestedRun run) throws IOException {
        JsonNode facts = run.facts();
        outcome(facts);
        messages(facts, "log", "log");
        messages(facts, "warn", "warnings");
        messages(facts, "print", "printed");
        if (spec.find("grants").isPresent())
            for (var grant : spec.find("grants").get().anyKeys().entrySet()) {
                JsonNode uses = facts.path("grants").path(grant.getKey());
                if (uses.isMissingNode())
                    throw grant.getValue()
                            .rejected("expected a grant of the case to append, request or run");
                messages(grant.getValue(), "grants." + grant.getKey(), uses);
            }
        edits(facts);
        if (run.after().isPresent()) image(facts, run.before(), run.after().get());
        return mismatches;
    }

    private void outcome(JsonNode facts) {
        boolean ended = end(facts, "veto") || end(facts, "error");
        if (ended) return;
        String wanted = spec.find("outcome").map(Located::text).orElse("ran");
        String found = facts.path("outcome").asText();
        if (wanted.equals(found)) return;
        ObjectNode ending = JsonNodeFactory.instance.objectNode();
        String reason = facts.path("reason").asText();
        ending.put("outcome", found);
        if (!reason.isEmpty()) ending.put("reason", reason);
        mismatches.add(
                Mismatch.of(
                        spec.find("outcome").orElse(spec),
                        "outcome",
                        JsonNodeFactory.instance.textNode(wanted),
                        reason.isEmpty() ? ending.get("outcome") : ending));
    }

    /** A veto or an error that is expected; whether one is, or was reported. */
    private boolean end(JsonNode facts, String how) {
        Optional<Located> expected = spec.find(how);
        JsonNode found = facts.path(how);
        boolean wanted =
                expected.isPresent()
                        && (!expected.get().json().isBoolean() || expected.get().flag());
        if (!wanted) {
            if (!found.isTextual() || (how.equals("error") && spec.find("veto").isPresent()))
                return false;
            if (how.equals("veto") && spec.find("error").isPresent()) return false;
            mismatches.add(
                    new Mismatch(
                            spec.place(),
                            "the run " + (how.equals("veto") ? "was vetoed" : "failed"),
                            Optional.empty(),
                            Optional.of(found),
                            ""));
            return true;
        }
        Located place = expected.orElseThrow();
        TextMatch match = texts.get(place);
        if (found.isTextual() && (match == null || match.in(found.textValue()))) return true;
        JsonNode other = facts.path(how.equals("veto") ? "error" : "veto");
        mismatches.add(
                Mismatch.of(
                        place,
                        how,
                        place.json(),
                        found.isTextual()
                                ? found
                                : other.isTextual() ? other : facts.path("outcome")));
        return true;
    }

    private void messages(JsonNode facts, String key, String fact) {
        if (spec.find(key).isEmpty()) return;
        messages(spec.find(key).get(), key, facts.path(fact));
    }

    private void messages(Located expected, String key, JsonNode lines) {
        if (expected.json().isArray() && expected.items().isEmpty()) {
            if (!lines.isEmpty())
                mismatches.add(Mismatch.of(expected, key, expected.json(), lines));
            return;
        }
        for (Located line : expected.list()) {
            TextMatch match = texts.get(line);
            boolean found = false;
            for (JsonNode one : lines) found |= match != null && match.in(one.asText());
            if (!found) mismatches.add(Mismatch.of(line, key, line.json(), lines));
        }
    }

    private void edits(JsonNode facts) {
        JsonNode made = facts.path("edits");
        spec.find("edits")
                .filter(wanted -> wanted.integer(0, Integer.MAX_VALUE) != made.size())
                .ifPresent(wanted ->
                        mismatches.add(
                                Mismatch.of(
                                        wanted,
                                        "edits",
                                        wanted.json(),
                                        JsonNodeFactory.instance.numberNode(made.size()))));
        if (!complete()) return;
        for (JsonNode edit : made) {
            String element = edit.path("element").asText();
            if (isNamed(element, edit.path("path").asText())) continue;
            mismatches.add(
                    new Mismatch(
                            spec.place(),
                            "an edit that the case does not name: %s %s"
                                    .formatted(element, edit.path("path").asText()),
                            Optional.ofNullable(edit.get("before")),
                            Optional.ofNullable(edit.get("after")),
                            ""));
        }
    }

    private boolean isNamed(String element, String path) {
        boolean pages = element.equals("pages") || element.equals("record PAGE_DATA");
        if (pages) return spec.find("pages").isPresent();
        // Such as record libxl EMULATOR_CONTEXT: the layer is not a part of the name.
        String record = " " + element.substring(element.lastIndexOf(' ') + 1);
        for (Edited one : named) {
            if (!one.element().equals(element)
                    && !(element.startsWith("record ") && one.element().endsWith(record))) continue;
            if (one.path().steps().isEmpty()) return true;
            if (one.path().overlaps(TreePath.of(spec, path))) return true;
            if (element.startsWith("record ") && !path.startsWith("fields.")) return true;
        }
        return false;
    }

    private void image(JsonNode facts, ImageIndex before, ImageIndex after) throws IOException {
        if (spec.find("unchanged").isPresent()) {
            Located wanted = spec.find("unchanged").get();
            if (wanted.flag() != facts.path("unchanged").asBoolean())
                mismatches.add(
                        Mismatch.of(wanted, "unchanged", wanted.json(), facts.get("unchanged")));
        }
        if (spec.find("config").isPresent()) {
            Optional<Config> config = after.first(Config.class);
            JsonNode tree = config.isPresent() ? config.get().json() : MissingNode.getInstance();
            for (var entry : spec.find("config").get().entries().entrySet()) {
                TreePath path = TreePath.of(entry.getValue(), entry.getKey());
                compare(
                        entry.getValue(),
                        "config " + entry.getKey() + path.suggestion(tree),
                        path.in(tree));
            }
        }
        if (spec.find("metadata").isPresent()) {
            Optional<SiteMetadata> metadata = after.first(SiteMetadata.class);
            JsonNode tree =
                    metadata.isPresent() ? metadata.get().json() : MissingNode.getInstance();
            for (var entry : spec.find("metadata").get().entries().entrySet())
                compare(entry.getValue(), "metadata " + entry.getKey(), tree.path(entry.getKey()));
        }
        if (spec.find("records").isPresent())
            for (var entry : spec.find("records").get().entries().entrySet())
                record(entry.getKey(), entry.getValue(), after);
        if (spec.find("sections").isPresent()) sections(before.extras(), after.extras());
        if (spec.find("pages").isPresent()) pages(facts, before, after);
    }

    private void sections(ImageExtras before, ImageExtras after) throws IOException {
        List<SiteSection> old = before.sections();
        List<SiteSection> now = after.sections();
        for (var entry : spec.find("sections").get().entries().entrySet()) {
            String name = entry.getKey();
            Located expected = entry.getValue();
            Optional<SiteSection> found = named(now, name);
            boolean absent = expected.json().isTextual();
            if (absent == found.isPresent())
                mismatches.add(
                        Mismatch.of(
                                expected,
                                "section " + name,
                                expected.json(),
                                JsonNodeFactory.instance.textNode(absent ? "present" : "absent")));
            if (!absent && found.isPresent())
                section(expected, found.get(), named(old, name), after.known());
        }
    }

    private static Optional<SiteSection> named(List<SiteSection> sections, String name) {
        return sections.stream().filter(one -> one.name().equals(name)).findFirst();
    }

    private void section(
            Located expected, SiteSection found, Optional<SiteSection> old, SectionRegistry known) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        String what = "section " + found.name() + " ";
        String text = text(found);
        String before = old.map(Expectation::text).orElse("");
        byte[] bytes = found.content().toArray(ValueLayout.JAVA_BYTE);
        for (var entry : expected.entries().entrySet()) {
            Located value = entry.getValue();
            switch (entry.getKey()) {
                case "type" -> compare(value, what + "type", nodes.textNode(found.head().type()));
                case "mandatory" ->
                        compare(
                                value,
                                what + "mandatory",
                                nodes.booleanNode(found.head().mandatory()));
                case "text" -> compare(value, what + "text", nodes.textNode(text));
                case "hex" ->
                        compare(
                                value,
                                what + "hex",
                                nodes.textNode(HexFormat.of().formatHex(bytes)));
                case "fields" -> {
                    Optional<JsonNode> fields = known.fields(found);
                    if (fields.isEmpty())
                        throw value.rejected(
                                known.layout(found.head()).isPresent()
                                        ? "the section is not as its schema says"
                                        : "the case names no schema that describes the fields");
                    for (var one : value.entries().entrySet()) {
                        TreePath path = TreePath.of(one.getValue(), one.getKey());
                        compare(
                                one.getValue(),
                                what + one.getKey() + path.suggestion(fields.get()),
                                path.in(fields.get()));
                    }
                }
                default -> {
                    boolean wanted = entry.getKey().equals("found");
                    for (Located one : value.list()) {
                        TextMatch match = texts.get(one);
                        boolean there = match != null && match.in(text);
                        boolean was = match != null && match.in(before);
                        if (wanted != there)
                            mismatches.add(
                                    Mismatch.of(
                                            one,
                                            what + entry.getKey(),
                                            one.json(),
                                            nodes.textNode(text)));
                        else if (!wanted && !was)
                            mismatches.add(
                                    Mismatch.problem(
                                            one.place(),
                                            "%sgone: it had no %s before the run"
                                                    .formatted(what, one.json())));
                    }
                }
            }
        }
    }

    /** The content as text; bytes that are not UTF-8 are replaced. */
    private static String text(SiteSection section) {
        return new String(section.content().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private void compare(Located expected, String what, JsonNode found) {
        if (expected.json().isNull()
                ? found.isMissingNode() || found.isNull()
                : same(expected.json(), found)) return;
        mismatches.add(Mismatch.of(expected, what, expected.json(), found));
    }

    /** Numbers are equal in any spelling: a mask may be written with 0x, which YAML has as a text. */
    private static boolean same(JsonNode expected, JsonNode found) {
        if (found.isMissingNode()) return false;
        if (found.isIntegralNumber()) {
            Optional<BigInteger> number = Located.integer(expected);
            return number.isPresent() && number.get().equals(found.bigIntegerValue());
        }
        return TreeDiff.compare(expected, found).edits().isEmpty();
    }

    private void record(String key, Located expected, ImageIndex after) throws IOException {
        Matcher name = RECORD.matcher(key);
        if (!name.matches()) return;
        int left = name.group(2) == null ? 0 : Integer.parseInt(name.group(2));
        Optional<RecordFrame> frame = Optional.empty();
        for (var element : after.elements())
            if (element instanceof RecordFrame one
                    && one.type().specName().equals(name.group(1))
                    && frame.isEmpty()
                    && left-- == 0) frame = Optional.of(one);
        if (expected.json().isTextual()) {
            if (frame.isPresent())
                mismatches.add(
                        Mismatch.of(
                                expected,
                                "record " + key,
                                expected.json(),
                                JsonNodeFactory.instance.textNode("present")));
            return;
        }
        if (frame.isEmpty()) {
            mismatches.add(
                    Mismatch.of(
                            expected,
                            "record " + key,
                            expected.json(),
                            JsonNodeFactory.instance.textNode("absent")));
            return;
        }
        XenRecord decoded = frame.get().decode();
        ObjectNode fields = TypedFields.tree(decoded.fields());
        for (var entry : expected.entries().entrySet()) {
            if (entry.getKey().equals("features")) {
                features(key, entry.getValue(), decoded);
                continue;
            }
            TreePath path = TreePath.of(entry.getValue(), entry.getKey());
            compare(
                    entry.getValue(),
                    "record " + key + " " + entry.getKey() + path.suggestion(fields),
                    path.in(fields));
        }
    }

    private void features(String key, Located expected, XenRecord decoded) {
        for (var entry : expected.entries().entrySet()) {
            if (!(decoded instanceof CpuidPolicy cpuid))
                throw expected.rejected("features are of X86_CPUID_POLICY only");
            boolean found;
            try {
                found = cpuid.hasFeature(entry.getKey());
            } catch (IllegalArgumentException e) {
                throw entry.getValue().rejected(String.valueOf(e.getMessage()));
            }
            compare(
                    entry.getValue(),
                    "record " + key + " feature " + entry.getKey(),
                    JsonNodeFactory.instance.booleanNode(found));
        }
    }

    private void pages(JsonNode facts, ImageIndex before, ImageIndex after) throws IOException {
        Located expected = spec.find("pages").orElseThrow();
        for (String count : List.of("edited", "bytes"))
            if (expected.find(count).isPresent())
                compare(
                        expected.find(count).get(),
                        "pages " + count,
                        facts.path("pages").path(count));
        for (String how : List.of("found", "gone")) {
            if (expected.find(how).isEmpty()) continue;
            for (Located text : expected.find(how).get().list()) {
                ArrayNode places = places(after, text.text());
                if (how.equals("found") == places.isEmpty())
                    mismatches.add(Mismatch.of(text, "pages " + how, text.json(), places));
                else if (how.equals("gone") && places(before, text.text()).isEmpty())
                    mismatches.add(
                            Mismatch.problem(
                                    text.place(),
                                    "pages gone: the image had no %s before the run"
                                            .formatted(text.json())));
            }
        }
    }

    /** The first places of a text in the pages. */
    private static ArrayNode places(ImageIndex image, String text) throws IOException {
        ArrayNode places = JsonNodeFactory.instance.arrayNode();
        for (var match :
                image.pages()
                        .find(
                                PagePattern.ofText(text),
                                PageSelection.ALL,
                                4,
                                PageIndex.Overlay.NONE,
                                () -> {})
                        .found())
            places.add(String.format(Locale.ROOT, "pfn 0x%x at 0x%x", match.pfn(), match.offset()));
        return places;
    }
}
