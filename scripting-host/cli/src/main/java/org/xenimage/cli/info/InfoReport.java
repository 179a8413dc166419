package org.xenimage.cli.info;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.Plural;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.script.policy.Secrets;

import java.io.PrintWriter;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The report of {@code xenimage info}, as lines and as JSON. */
final class InfoReport {
    private static final JsonMapper JSON = new JsonMapper();
    private static final long PAGES_PER_MIB = (1 << 20) / PageBatch.PAGE_SIZE;

    private final String image;
    private final ImageFormat format;
    private final OptionalLong size;
    private final Secrets secrets;
    private Map<String, JsonNode> fields = Map.of();

    InfoReport(String image, ImageFormat format, OptionalLong size, Secrets secrets) {
        this.secrets = secrets;
        this.image = image;
        this.format = format;
        this.size = size;
    }

    void print(
            PrintWriter out,
            ImageSummary summary,
            Optional<Container> container,
            boolean records,
            String fault) {
        out.println(image);
        line(out, "format", format.name() + ", " + format.description());
        size.ifPresent(
                bytes -> line(out, "size", bytes + " bytes (" + ProgressLine.bytes(bytes) + ")"));
        String name = summary.text("/c_info/name");
        if (!name.isEmpty()) line(out, "domain", name + "  " + summary.text("/c_info/uuid"));
        line(out, "guest", guest(summary));
        summary.libxc.ifPresent(header -> line(out, "saved by", savedBy(header)));
        if (!summary.configFault.isEmpty()) line(out, "config", summary.configFault);
        line(out, "pages", pages(summary));
        line(out, "records", recordCounts(summary));
        if (summary.checkpoints > 0) line(out, "checkpoints", Long.toString(summary.checkpoints));
        if (summary.verifyRounds > 0)
            line(out, "verify rounds", Long.toString(summary.verifyRounds));
        summary.metadata.ifPresent(keys ->
                keys.properties()
                        .forEach(key ->
                                line(
                                        out,
                                        "metadata",
                                        key.getKey()
                                                + " = "
                                                + display(key.getKey(), key.getValue()))));
        container.ifPresent(own -> container(out, own));
        summary.partial.lines().forEach(missing -> line(out, "partial", missing));
        summary.contradictions.forEach(found -> line(out, "contradiction", found));
        line(out, "ends", fault.isEmpty() ? ending(summary) : "truncated or damaged");
        if (records) {
            out.println();
            out.println("      offset   body_length  record");
            for (ImageSummary.Listed listed : summary.records) {
                out.println(
                        "0x%010x  0x%010x  %s"
                                .formatted(listed.offset(), listed.bodyLength(), listed.type()));
            }
            long cut = summary.recordCount - summary.records.size();
            if (cut > 0) out.println("… and " + cut + " more");
        }
    }

    /** Prints what can be read of an encrypted image without its key. */
    void printSealed(PrintWriter out, Container container) {
        out.println(image);
        line(out, "format", format.name() + ", " + format.description());
        size.ifPresent(
                bytes -> line(out, "size", bytes + " bytes (" + ProgressLine.bytes(bytes) + ")"));
        container(out, container);
        line(out, "encrypted", "config, records and pages; give the key to read them");
    }

    /** The same as JSON. */
    String sealedJson(Container container, String fault) {
        ObjectNode report = JSON.createObjectNode();
        report.put("image", image);
        report.put("format", format.name());
        size.ifPresent(bytes -> report.put("size", bytes));
        report.put("encrypted", true);
        container(report, container);
        report.put("fault", fault);
        return report.toString();
    }

    private static void line(PrintWriter out, String name, String text) {
        out.println("  %-14s %s".formatted(name, text));
    }

    private String display(String key, JsonNode plain) {
        JsonNode value = secrets.hide(key, plain);
        return value.isTextual() ? value.asText() : value.toString();
    }

    private static String guest(ImageSummary summary) {
        List<String> parts = new ArrayList<>();
        parts.add(summary.guestType().toUpperCase(Locale.ROOT));
        if (summary.guestWidth != 0) parts.add(summary.guestWidth * 8 + "-bit");
        String vcpus = summary.text("/b_info/max_vcpus");
        if (!vcpus.isEmpty()) parts.add(vcpus + " vCPU" + (vcpus.equals("1") ? "" : "s"));
        else if (summary.vcpus > 0)
            parts.add(summary.vcpus + " vCPU" + (summary.vcpus == 1 ? "" : "s"));
        String kib = summary.text("/b_info/max_memkb");
        if (!kib.isEmpty()) parts.add("max_memkb " + kib);
        return String.join(", ", parts);
    }

    private static String savedBy(LibxcHeader header) {
        String by =
                header.legacyConverted()
                        ? "Xen's conversion of a legacy stream"
                        : "Xen "
                                + Integer.toUnsignedString(header.xenMajor())
                                + "."
                                + Integer.toUnsignedString(header.xenMinor());
        return by
                + ", libxc stream v"
                + header.version()
                + ", "
                + (header.order() == ByteOrder.LITTLE_ENDIAN ? "little-endian" : "big-endian");
    }

    private static String pages(ImageSummary summary) {
        var text =
                new StringBuilder(
                        "%d with contents (%d MiB) in %d records"
                                .formatted(
                                        summary.pagesWithData,
                                        summary.pagesWithData / PAGES_PER_MIB,
                                        summary.pageRecords));
        if (summary.rounds() > 1) text.append(", ").append(summary.rounds()).append(" rounds");
        List<String> types = new ArrayList<>();
        for (PageType type : PageType.values()) {
            long count = summary.entriesByType[type.code()];
            if (count > 0) types.add(type + " " + count);
        }
        if (!types.isEmpty()) text.append("; ").append(String.join(", ", types));
        return text.toString();
    }

    private static String recordCounts(ImageSummary summary) {
        List<String> parts = new ArrayList<>();
        summary.recordsByType.forEach((type, count) -> {
            if (!type.equals(RecordType.END)
                    && !type.equals(RecordType.LIBXL_END)
                    && !type.equals(RecordType.XENOPSD_END)) {
                parts.add(count == 1 ? type.toString() : type + " ×" + count);
            }
        });
        return String.join(", ", parts);
    }

    private static String ending(ImageSummary summary) {
        String how =
                summary.end
                        .map(end ->
                                switch (end.ending()) {
                                    case COMPLETE -> "with END";
                                    case SENDER_GONE ->
                                            "without END: the sender of a checkpointed stream went away";
                                })
                        .orElse("truncated");
        return summary.trailing == 0 ? how : how + ", then " + summary.trailing + " bytes";
    }

    private void container(PrintWriter out, Container container) {
        line(
                out,
                "container",
                "version %s, %s%s"
                        .formatted(
                                container.version(),
                                container.form(),
                                container.partial() ? ", PARTIAL: not the whole image" : ""));
        if (!container.capabilities().isEmpty()) {
            line(
                    out,
                    "uses",
                    container.capabilities().stream()
                            .map(one -> one.name() + (one.mandatory() ? "" : " (optional)"))
                            .collect(Collectors.joining(", ")));
        }
        container
                .metadata()
                .properties()
                .forEach(key ->
                        line(
                                out,
                                "",
                                key.getKey() + " = " + display(key.getKey(), key.getValue())));
        container.digest().ifPresent(digest -> line(out, "digest", digest.sha256()));
        for (SectionHead head : container.siteSections()) {
            line(
                    out,
                    "section",
                    "%s, %s, %s, %s"
                            .formatted(
                                    head.name(),
                                    head.type(),
                                    head.mandatory() ? "mandatory" : "optional",
                                    Plural.of(head.length(), "byte")));
            JsonNode shown = fields.get(head.name());
            if (shown == null) continue;
            for (Map.Entry<String, JsonNode> one : shown.properties())
                line(
                        out,
                        "",
                        one.getKey()
                                + " = "
                                + secrets.hide(one.getKey(), one.getValue()).toString());
        }
    }

    /** The fields of sections of sites, by the names of the sections. */
    void fields(Map<String, JsonNode> decoded) {
        fields = Map.copyOf(decoded);
    }

    private void container(ObjectNode report, Container container) {
        ObjectNode own = report.putObject("container");
        own.put("version", container.version());
        own.put("form", container.form());
        own.put("partial", container.partial());
        ArrayNode capabilities = own.putArray("capabilities");
        for (Container.Capability one : container.capabilities()) {
            capabilities.addObject().put("name", one.name()).put("mandatory", one.mandatory());
        }
        own.set("metadata", secrets.hide("", container.metadata()));
        container
                .digest()
                .ifPresent(digest ->
                        own.putObject("digest")
                                .put("sha256", digest.sha256())
                                .put("length", digest.length()));
        ArrayNode sections = own.putArray("sections");
        for (Container.Section section : container.sections()) {
            sections.addObject()
                    .put("name", section.name())
                    .put("offset", section.offset())
                    .put("length", section.length());
        }
        ArrayNode sites = own.putArray("siteSections");
        for (SectionHead head : container.siteSections()) {
            ObjectNode site = sites.addObject();
            site.put("name", head.name())
                    .put("type", head.type())
                    .put("mandatory", head.mandatory())
                    .put("length", head.length())
                    .put("sha256", head.sha256());
            JsonNode shown = fields.get(head.name());
            if (shown != null) site.set("fields", secrets.hide("fields", shown));
        }
    }

    String json(ImageSummary summary, Optional<Container> container, String fault) {
        ObjectNode report = JSON.createObjectNode();
        report.put("image", image);
        report.put("format", format.name());
        size.ifPresent(bytes -> report.put("size", bytes));
        container.ifPresent(own -> container(report, own));
        ObjectNode guest = report.putObject("guest");
        guest.put("type", summary.guestType());
        guest.put("name", summary.text("/c_info/name"));
        guest.put("uuid", summary.text("/c_info/uuid"));
        if (summary.guestWidth != 0) guest.put("width", summary.guestWidth);
        if (summary.vcpus > 0) guest.put("vcpus", summary.vcpus);
        summary.xl.ifPresent(header ->
                report.putObject("xl")
                        .put("mandatoryFlags", Integer.toUnsignedLong(header.mandatoryFlags()))
                        .put("optionalFlags", Integer.toUnsignedLong(header.optionalFlags()))
                        .put("byteOrder", order(header.order()))
                        .put("foreignTail", header.foreignTail().length()));
        summary.libvirt.ifPresent(header ->
                report.putObject("libvirt")
                        .put("version", Integer.toUnsignedLong(header.version()))
                        .put("byteOrder", order(header.order()))
                        .put("foreignTail", header.foreignTail().length()));
        summary.config.ifPresent(config -> report.set("config", config));
        summary.metadata.ifPresent(metadata -> report.set("metadata", secrets.hide("", metadata)));
        summary.libxl.ifPresent(header ->
                report.putObject("libxl")
                        .put("offset", header.offset())
                        .put("version", header.version())
                        .put("options", Integer.toUnsignedLong(header.options()))
                        .put("byteOrder", order(header.order()))
                        .put("legacyConverted", header.legacyConverted()));
        summary.libxc.ifPresent(header ->
                report.putObject("libxc")
                        .put("offset", header.offset())
                        .put("version", header.version())
                        .put("byteOrder", order(header.order()))
                        .put("type", header.guestType().map(Enum::name).orElse("unknown"))
                        .put("pageSize", 1L << header.pageShift())
                        .put("xenMajor", Integer.toUnsignedLong(header.xenMajor()))
                        .put("xenMinor", Integer.toUnsignedLong(header.xenMinor())));
        ObjectNode pages = report.putObject("pages");
        pages.put("records", summary.pageRecords);
        pages.put("entries", summary.pageEntries);
        pages.put("withContents", summary.pagesWithData);
        pages.put("bytes", summary.pageBytes);
        pages.put("highestPfn", summary.highestPfn);
        pages.put("rounds", summary.rounds());
        ObjectNode types = pages.putObject("types");
        for (PageType type : PageType.values()) {
            long count = summary.entriesByType[type.code()];
            if (count > 0) types.put(type.name(), count);
        }
        ArrayNode records = report.putArray("records");
        for (ImageSummary.Listed listed : summary.records) {
            records.addObject()
                    .put("layer", listed.type().layer().specName())
                    .put("type", listed.type().specName())
                    .put("offset", listed.offset())
                    .put("bodyLength", listed.bodyLength());
        }
        report.put("recordCount", summary.recordCount);
        report.put("checkpoints", summary.checkpoints);
        report.put("verifyRounds", summary.verifyRounds);
        summary.end.map(StreamEnd::ending).ifPresent(ending -> report.put("ending", ending.name()));
        report.put("trailing", summary.trailing);
        if (!summary.contradictions.isEmpty()) {
            ArrayNode found = report.putArray("contradictions");
            summary.contradictions.forEach(found::add);
        }
        if (!summary.partial.isEmpty()) {
            ArrayNode missing = report.putArray("partial");
            summary.partial.lines().forEach(missing::add);
        }
        if (!fault.isEmpty()) report.put("fault", fault);
        try {
            return JSON.writeValueAsString(report);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree that is not JSON", e);
        }
    }

    private static String order(ByteOrder order) {
        return order == ByteOrder.LITTLE_ENDIAN ? "little" : "big";
    }
}
