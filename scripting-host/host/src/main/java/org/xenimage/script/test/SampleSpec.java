package org.xenimage.script.test;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.section.SectionLayout;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.sample.SampleToolstack;
import org.xenimage.script.yaml.Located;
import org.xenimage.script.yaml.SpecRejected;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A sample image, and what a case puts into it.
 *
 * @param sample to make
 * @param config values by their paths
 * @param metadata values by their keys
 * @param plants bytes to put into pages
 * @param isNative whether it is made into a native image
 * @param sections of sites, by name; such an image is native
 */
record SampleSpec(
        SampleImage sample,
        Map<TreePath, JsonNode> config,
        Map<String, JsonNode> metadata,
        List<Plant> plants,
        boolean isNative,
        Map<String, Located> sections)
        implements ImageSpec {
    private static final List<String> KEYS =
            List.of(
                    "guest",
                    "memory",
                    "vcpus",
                    "seed",
                    "name",
                    "devices",
                    "format",
                    "config",
                    "metadata",
                    "plant",
                    "sections");
    private static final List<String> SECTION =
            List.of("type", "mandatory", "text", "hex", "fields");
    private static final String NATIVE = "native";
    private static final List<String> PLANT = List.of("pfn", "offset", "text", "hex");
    private static final int MEMORY_MAX = 4096;
    private static final int MEMORY = 4;

    /** Small, so that a test is quick. */
    static final SampleSpec USUAL =
            new SampleSpec(
                    SampleImage.of(SampleGuest.PV).withMemoryMiB(MEMORY),
                    Map.of(),
                    Map.of(),
                    List.of(),
                    false,
                    Map.of());

    /** As {@code xenimage sample} makes it. */
    static final SampleSpec OF_BENCHMARKS =
            new SampleSpec(
                    SampleImage.of(SampleGuest.PV).withMemoryMiB(16),
                    Map.of(),
                    Map.of(),
                    List.of(),
                    false,
                    Map.of());

    /**
     * Bytes to put into a page.
     *
     * @param pfn of the page
     * @param offset in it
     * @param hex the bytes, which end in the same page
     * @param from where the case says so
     */
    record Plant(long pfn, int offset, String hex, Located from) {}

    /** This, with what a case says in addition. */
    SampleSpec with(Located spec) {
        spec.keys(KEYS);
        SampleImage made = sample;
        try {
            Optional<SampleGuest> guest = spec.find("guest").map(SampleSpec::guest);
            if (guest.isPresent())
                made =
                        new SampleImage(
                                guest.get(),
                                made.memoryMiB(),
                                made.vcpus(),
                                made.seed(),
                                made.name().startsWith("sample-")
                                        ? SampleImage.of(guest.get()).name()
                                        : made.name(),
                                made.devices(),
                                made.toolstack());
            for (var entry : spec.entries().entrySet()) {
                Located value = entry.getValue();
                made =
                        switch (entry.getKey()) {
                            case "memory" -> made.withMemoryMiB((int) value.integer(1, MEMORY_MAX));
                            case "vcpus" -> made.withVcpus((int) value.integer(1, 128));
                            case "seed" -> made.withSeed(value.integer(0, Long.MAX_VALUE));
                            case "name" -> made.withName(value.text());
                            case "devices" -> made.withDevices(value.flag());
                            case "format" ->
                                    value.text().equals(NATIVE)
                                            ? made
                                            : made.withToolstack(toolstack(value));
                            default -> made;
                        };
            }
        } catch (SpecRejected e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw spec.rejected(String.valueOf(e.getMessage()));
        }
        Map<TreePath, JsonNode> edited = new LinkedHashMap<>(config);
        spec.find("config")
                .ifPresent(given ->
                        given.anyKeys()
                                .forEach((key, value) ->
                                        edited.put(TreePath.of(value, key), value.json())));
        Map<String, JsonNode> keys = new LinkedHashMap<>(metadata);
        spec.find("metadata")
                .ifPresent(given ->
                        given.anyKeys().forEach((key, value) -> keys.put(key, value.json())));
        List<Plant> planted = new ArrayList<>(plants);
        spec.find("plant").ifPresent(given -> given.list().forEach(one -> planted.add(plant(one))));
        Map<String, Located> all = new LinkedHashMap<>(sections);
        spec.find("sections").ifPresent(given -> all.putAll(given.anyKeys()));
        all.values().forEach(one -> section(one));
        Optional<Located> format = spec.find("format");
        boolean container = format.map(value -> value.text().equals(NATIVE)).orElse(isNative);
        if (format.isPresent() && !container && !all.isEmpty())
            throw format.get().expected("native, because the sample has sections");
        return new SampleSpec(made, edited, keys, planted, container || !all.isEmpty(), all);
    }

    private static void section(Located spec) {
        spec.keys(SECTION);
        List<String> contents =
                Stream.of("text", "hex", "fields")
                        .filter(key -> spec.find(key).isPresent())
                        .toList();
        if (contents.size() != 1) throw spec.rejected("expected one of text, hex, fields");
    }

    /**
     * The sections of the sample.
     *
     * @param known the schemas by which fields are encoded
     * @return in order
     */
    List<SiteSection> sections(SectionRegistry known) {
        List<SiteSection> made = new ArrayList<>();
        sections.forEach((name, spec) -> made.add(section(name, spec, known)));
        return made;
    }

    private static SiteSection section(String name, Located spec, SectionRegistry known) {
        boolean mandatory = spec.find("mandatory").map(Located::flag).orElse(false);
        String usual = spec.find("text").isPresent() ? "text/plain" : "binary";
        String type =
                spec.find("type")
                        .map(Located::text)
                        .orElse(known.types().getOrDefault(name, usual));
        try {
            byte[] plain = new byte[0];
            if (spec.find("text").isPresent())
                plain = spec.find("text").get().text().getBytes(StandardCharsets.UTF_8);
            if (spec.find("hex").isPresent())
                plain = HexFormat.of().parseHex(hex(spec.find("hex").get()));
            SiteSection made = SiteSection.of(name, type, mandatory, MemorySegment.ofArray(plain));
            if (spec.find("fields").isEmpty()) return made;
            Located fields = spec.find("fields").get();
            SectionLayout layout =
                    known.layout(made.head())
                            .orElseThrow(() ->
                                    fields.rejected(
                                            "the schema of the case has no fields of "
                                                    + name
                                                    + " of the type "
                                                    + type));
            return made.withContent(layout.encode(fields.json()));
        } catch (IllegalArgumentException e) {
            throw spec.rejected(String.valueOf(e.getMessage()));
        }
    }

    private static SampleToolstack toolstack(Located value) {
        String text = value.text();
        for (SampleToolstack one : SampleToolstack.values())
            if (one.name().toLowerCase(Locale.ROOT).equals(text)) return one;
        throw value.rejected("expected xl, libvirt, xenopsd or native, found " + text);
    }

    private static SampleGuest guest(Located value) {
        String name = value.text();
        return Stream.of(SampleGuest.values())
                .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> value.expected("pv, hvm or pvh"));
    }

    private static Plant plant(Located spec) {
        spec.keys(PLANT);
        if (spec.find("text").isPresent() == spec.find("hex").isPresent())
            throw spec.rejected("expected either text or hex");
        String hex =
                spec.find("text")
                        .map(text ->
                                java.util.HexFormat.of()
                                        .formatHex(
                                                text.text()
                                                        .getBytes(
                                                                java.nio.charset.StandardCharsets
                                                                        .UTF_8)))
                        .orElseGet(() -> hex(spec.find("hex").orElseThrow()));
        if (hex.isEmpty()) throw spec.rejected("expected at least one byte");
        long pfn =
                spec.find("pfn")
                        .orElseThrow(() -> spec.rejected("needs pfn"))
                        .integer(0, PageBatch.PFN_MASK);
        int most = PageBatch.PAGE_SIZE - hex.length() / 2;
        if (most < 0) throw spec.rejected("does not fit into a page");
        int offset = (int) (long) spec.find("offset").map(at -> at.integer(0, most)).orElse(0L);
        return new Plant(pfn, offset, hex, spec);
    }

    private static String hex(Located value) {
        String digits = value.text().replace(" ", "").toLowerCase(Locale.ROOT);
        if (!digits.matches("([0-9a-f]{2})+")) throw value.expected("bytes in hex");
        return digits;
    }
}
