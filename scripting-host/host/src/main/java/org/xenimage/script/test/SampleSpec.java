package org.xenimage.script.test;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.image.element.PageBatch;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.sample.SampleToolstack;
import org.xenimage.script.yaml.Located;
import org.xenimage.script.yaml.SpecRejected;

import java.util.ArrayList;
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
 */
record SampleSpec(
        SampleImage sample,
        Map<TreePath, JsonNode> config,
        Map<String, JsonNode> metadata,
        List<Plant> plants)
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
                    "plant");
    private static final List<String> PLANT = List.of("pfn", "offset", "text", "hex");
    private static final int MEMORY_MAX = 4096;
    private static final int MEMORY = 4;

    /** Small, so that a test is quick. */
    static final SampleSpec USUAL =
            new SampleSpec(
                    SampleImage.of(SampleGuest.PV).withMemoryMiB(MEMORY),
                    Map.of(),
                    Map.of(),
                    List.of());

    /** As {@code xenimage sample} makes it. */
    static final SampleSpec OF_BENCHMARKS =
            new SampleSpec(
                    SampleImage.of(SampleGuest.PV).withMemoryMiB(16),
                    Map.of(),
                    Map.of(),
                    List.of());

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
                            case "format" -> made.withToolstack(toolstack(value));
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
        return new SampleSpec(made, edited, keys, planted);
    }

    private static SampleToolstack toolstack(Located value) {
        String text = value.text();
        for (SampleToolstack one : SampleToolstack.values())
            if (one.name().toLowerCase(Locale.ROOT).equals(text)) return one;
        throw value.rejected("expected xl, libvirt or xenopsd, found " + text);
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
