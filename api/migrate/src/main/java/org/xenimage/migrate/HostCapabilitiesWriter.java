package org.xenimage.migrate;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;

import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;

/** Writes a file of capabilities; what is not stated has no key. */
final class HostCapabilitiesWriter {
    /** A row of CPUID, or another item, on each line: for people, and for diff(1). */
    private static final ObjectWriter LINES =
            new JsonMapper()
                    .writer(
                            new DefaultPrettyPrinter()
                                    .withArrayIndenter(new DefaultIndenter("  ", "\n"))
                                    .withObjectIndenter(new DefaultIndenter("  ", "\n")));

    private HostCapabilitiesWriter() {}

    static String write(HostCapabilities side) {
        ObjectNode file = JsonNodeFactory.instance.objectNode();
        file.put(HostCapabilitiesReader.VERSION_KEY, HostCapabilitiesReader.VERSION);
        file.put("name", side.name());
        side.xen().ifPresent(version -> file.put("xen", version.toString()));
        texts(file, "formats", side.formats());
        side.streams().forEach(file.putArray("streams")::add);
        side.guests()
                .ifPresent(
                        kinds -> texts(file, "guests", kinds.stream().map(GuestKind::id).toList()));
        side.records()
                .ifPresent(types -> {
                    ObjectNode layers = file.putObject("records");
                    for (Layer layer : List.of(Layer.LIBXL, Layer.LIBXC))
                        texts(
                                layers,
                                layer.specName(),
                                types.stream()
                                        .filter(type -> type.layer() == layer)
                                        .map(RecordType::specName)
                                        .toList());
                });
        side.emulators().ifPresent(names -> texts(file, "emulators", names));
        if (!side.hvmEntries().isEmpty()) {
            ObjectNode entries = file.putObject("hvmEntries");
            side.hvmEntries().forEach(entries::put);
        }
        side.pv().ifPresent(limits -> limits(file.putObject("pv"), limits));
        side.hvm().ifPresent(limits -> limits(file.putObject("hvm"), limits));
        side.hardware().ifPresent(cpuid -> rows(file.putObject("hardware"), cpuid));
        side.vcpuMsrs()
                .ifPresent(indices ->
                        texts(
                                file,
                                "vcpuMsrs",
                                indices.stream().map(HostCapabilitiesWriter::hex).toList()));
        side.pageSizes().forEach(file.putArray("pageSizes")::add);
        HostCapabilities.Transfer wire = side.wire();
        if (!wire.equals(KnownXen.NO_WIRE)) {
            ObjectNode object = file.putObject("wire");
            texts(object, "compression", wire.compression());
            texts(object, "encryption", wire.encryption());
            texts(object, "checksums", wire.checksums());
            object.put("channels", wire.channels());
            object.put("resume", wire.resume());
        }
        sizes(file, side.limits());
        try {
            return LINES.writeValueAsString(file) + "\n";
        } catch (JacksonException e) {
            throw new IllegalStateException("a tree cannot be written", e);
        }
    }

    private static void sizes(ObjectNode file, HostCapabilities.Sizes limits) {
        if (limits.equals(HostCapabilities.Sizes.NONE)) return;
        ObjectNode object = file.putObject("limits");
        size(object, "vcpus", limits.vcpus());
        size(object, "memoryKib", limits.memoryKib());
        size(object, "recordBytes", limits.recordBytes());
    }

    private static void size(ObjectNode object, String key, OptionalLong value) {
        if (value.isPresent()) object.put(key, value.getAsLong());
    }

    private static void limits(ObjectNode object, CpuLimits limits) {
        rows(object, limits.cpuid());
        limits.msrs()
                .ifPresent(msrs -> {
                    ObjectNode values = object.putObject("msrs");
                    msrs.forEach((index, bits) -> values.put(hex(index), hex(bits)));
                });
    }

    private static void rows(ObjectNode object, CpuidPolicy policy) {
        texts(object, "cpuid", policy.leaves().stream().map(CpuidRow::text).toList());
    }

    private static void texts(ObjectNode object, String key, Collection<String> texts) {
        ArrayNode array = object.putArray(key);
        texts.forEach(array::add);
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
