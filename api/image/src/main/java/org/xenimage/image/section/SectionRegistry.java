package org.xenimage.image.section;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.foreign.TreeBudget;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The sections that this site knows. An image with any other mandatory section is rejected.
 *
 * <p>A site describes them in a JSON file:
 *
 * <pre>{@code
 * {"sections": {
 *    "example.console-log": {"type": "text/plain"},
 *    "example.screenshot":  {"type": "image/png"},
 *    "example.usage":       {"type": "example-usage", "fields": [
 *        {"name": "samples", "type": "u16"},
 *        {"name": "percent", "type": "array", "count": "samples", "item": {"type": "u8"}}]}
 * }}
 * }</pre>
 *
 * <p>{@link SectionLayout} has the kinds of fields.
 *
 * @param names of the known sections
 * @param all whether all other sections are known too, for a program that handles any section by its name
 * @param types of the known sections that say what their type is, by name
 * @param layouts of the known sections whose fields are described, by name
 */
public record SectionRegistry(
        Set<String> names,
        boolean all,
        Map<String, String> types,
        Map<String, SectionLayout> layouts) {
    /** Knows no section. */
    public static final SectionRegistry NONE = new SectionRegistry(Set.of(), false);

    /** Knows every section. */
    public static final SectionRegistry ALL = new SectionRegistry(Set.of(), true);

    private static final int FILE_MAX = 1 << 20;

    /** Copies the names and the layouts. */
    public SectionRegistry {
        names = Set.copyOf(names);
        types = Map.copyOf(types);
        layouts = Map.copyOf(layouts);
    }

    /**
     * Knows sections by their names only.
     *
     * @param names of the known sections
     * @param all whether all other sections are known too
     */
    public SectionRegistry(Set<String> names, boolean all) {
        this(names, all, Map.of(), Map.of());
    }

    /**
     * The fields of a section.
     *
     * @param section whose type must be the described one
     * @return their layout, if one is described
     */
    public Optional<SectionLayout> layout(SectionHead section) {
        String type = types.getOrDefault(section.name(), section.type());
        return type.equals(section.type())
                ? Optional.ofNullable(layouts.get(section.name()))
                : Optional.empty();
    }

    /**
     * The fields of a section, as the site describes them.
     *
     * @param section with its content
     * @return an object with a value for each field; empty if no fields are described, or the content is not laid out
     *     so
     */
    public Optional<JsonNode> fields(SiteSection section) {
        Optional<SectionLayout> layout = layout(section.head());
        try {
            return layout.map(described -> described.decode(section.content()));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /**
     * Whether a section may be mandatory.
     *
     * @param name of it
     * @return whether this site knows it
     */
    public boolean knows(String name) {
        return all || names.contains(name);
    }

    /**
     * Combines two registries.
     *
     * @param other registry of the same site
     * @return both
     */
    public SectionRegistry with(SectionRegistry other) {
        var both = new HashSet<>(names);
        both.addAll(other.names);
        var bothTypes = new HashMap<>(types);
        bothTypes.putAll(other.types);
        var bothLayouts = new HashMap<>(layouts);
        bothLayouts.putAll(other.layouts);
        return new SectionRegistry(both, all || other.all, bothTypes, bothLayouts);
    }

    /**
     * Reads a site's file.
     *
     * @param file of JSON, at most a MiB
     * @return the sections that it describes
     * @throws IOException if it cannot be read; an {@link ImageException} with the line if it is not such a file
     */
    public static SectionRegistry read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(file.toString(), in.readNBytes(FILE_MAX + 1));
        }
    }

    /**
     * Reads a site's file that is in memory.
     *
     * @param name of the file, for messages
     * @param bytes of JSON, at most a MiB
     * @return the sections that it describes
     * @throws ImageException with the line if it is not such a file
     */
    public static SectionRegistry read(String name, byte[] bytes) throws ImageException {
        if (bytes.length > FILE_MAX)
            throw new LimitExceeded(
                    Fault.in(name)
                            .expected("at most 0x%x bytes".formatted(FILE_MAX))
                            .found("more"));
        var text = new SchemaText(name, new String(bytes, StandardCharsets.UTF_8));
        ObjectNode tree =
                BoundedJson.object(
                        MemorySegment.ofArray(bytes),
                        BoundedJson.Rules.USUAL,
                        Fault.in(name),
                        TreeBudget.here());
        text.requireKeys(tree, Set.of("sections"), List.of());
        if (!(tree.get("sections") instanceof ObjectNode sections))
            throw text.wrong(List.of("sections"), "expected an object of sections by name");
        Set<String> names = new HashSet<>();
        Map<String, String> types = new HashMap<>();
        Map<String, SectionLayout> layouts = new HashMap<>();
        for (Map.Entry<String, JsonNode> one : sections.properties()) {
            List<String> path = List.of("sections", one.getKey());
            Optional<String> wrong = SectionHead.nameProblem(one.getKey());
            if (wrong.isPresent()) throw text.wrong(path, wrong.get());
            if (!(one.getValue() instanceof ObjectNode section))
                throw text.wrong(path, "expected an object such as {\"type\": \"text/plain\"}");
            text.requireKeys(section, Set.of("type", "order", "fields"), path);
            names.add(one.getKey());
            if (section.has("type")) {
                Optional<String> problem = SectionHead.typeProblem(section.get("type").asText());
                if (problem.isPresent()) throw text.wrong(path, problem.get());
                types.put(one.getKey(), section.get("type").asText());
            }
            if (section.has("fields"))
                layouts.put(one.getKey(), SectionLayout.read(section, text, path));
            else if (section.has("order")) throw text.wrong(path, "has an order, but no fields");
        }
        return new SectionRegistry(names, false, types, layouts);
    }

    /** The text of a file, which can find the line of a key. */
    record SchemaText(String name, String text) {
        void requireKeys(ObjectNode object, Set<String> known, List<String> path)
                throws CorruptImage {
            for (Map.Entry<String, JsonNode> one : object.properties()) {
                if (known.contains(one.getKey())) continue;
                List<String> at = new ArrayList<>(path);
                at.add(one.getKey());
                throw wrong(
                        at,
                        "expected %s, found '%s'"
                                .formatted(
                                        String.join(", ", known.stream().sorted().toList()),
                                        one.getKey()));
            }
        }

        /** A fault at the line of the innermost key. */
        CorruptImage wrong(List<String> path, String problem) {
            int at = 0;
            for (String key : path) {
                int found = text.indexOf('"' + key + '"', at);
                if (found >= 0) at = found;
            }
            long line = 1 + text.substring(0, at).chars().filter(one -> one == '\n').count();
            return new CorruptImage(
                    Fault.in(name + ":" + line)
                            .element("section schema")
                            .field(String.join(".", path))
                            .problem(problem));
        }
    }
}
