package org.xenimage.migrate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.foreign.BoundedJson;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reads a file of capabilities: hostile input, bounded in every list and text. */
final class HostCapabilitiesReader {
    /** The key of the version of the file, by which the file is known. */
    static final String VERSION_KEY = "xenimage-capabilities";

    static final int VERSION = 1;
    private static final int ITEMS_MAX = 4096;
    private static final int TEXT_MAX = 200;
    private static final Pattern HEX = Pattern.compile("0x[0-9a-fA-F]{1,16}");

    private final String source;
    private final List<String> unknown = new ArrayList<>();

    HostCapabilitiesReader(String source) {
        this.source = source;
    }

    HostCapabilities read(byte[] text) throws ImageException {
        if (text.length > HostCapabilities.LENGTH_MAX)
            throw new LimitExceeded(
                    fault("")
                            .problem("is too large for capabilities")
                            .expected("at most " + HostCapabilities.LENGTH_MAX + " bytes")
                            .found(text.length + ""));
        ObjectNode file = BoundedJson.object(text, BoundedJson.Rules.USUAL, fault(""));
        version(file);
        var top = new Keys(file, "");
        top.skip(VERSION_KEY);
        Optional<XenVersion> xen = xen(top);
        var capabilities =
                new HostCapabilities(
                        top.text("name").orElse(source),
                        xen,
                        top.texts("formats").orElse(new TreeSet<>()),
                        streams(top),
                        guests(top),
                        records(top),
                        top.texts("emulators"),
                        hvmEntries(top),
                        limits(top, "pv"),
                        limits(top, "hvm"),
                        hardware(top),
                        top.has("vcpuMsrs")
                                ? Optional.of(indices(top, "vcpuMsrs"))
                                : Optional.empty(),
                        pageSizes(top),
                        wire(top),
                        sizes(top),
                        List.of());
        top.done();
        return withUnknown(capabilities);
    }

    private HostCapabilities withUnknown(HostCapabilities read) {
        return new HostCapabilities(
                read.name(),
                read.xen(),
                read.formats(),
                read.streams(),
                read.guests(),
                read.records(),
                read.emulators(),
                read.hvmEntries(),
                read.pv(),
                read.hvm(),
                read.hardware(),
                read.vcpuMsrs(),
                read.pageSizes(),
                read.wire(),
                read.limits(),
                List.copyOf(unknown));
    }

    private void version(ObjectNode file) throws ImageException {
        JsonNode found = file.path(VERSION_KEY);
        if (found.isMissingNode())
            throw new CorruptImage(
                    fault(VERSION_KEY)
                            .problem("is missing, so this is no file of capabilities")
                            .expected(VERSION + "")
                            .remedy("'xenimage capabilities' makes one"));
        if (!found.isIntegralNumber() || !found.canConvertToInt() || found.intValue() < 1)
            throw wrong(VERSION_KEY, VERSION + "", found);
        if (found.intValue() > VERSION)
            throw new UnsupportedVersion(
                    fault(VERSION_KEY)
                            .expected(VERSION + "")
                            .found(found.intValue() + "")
                            .remedy("a newer xenimage made the file; use that"));
    }

    private Optional<XenVersion> xen(Keys top) throws ImageException {
        Optional<String> text = top.text("xen");
        if (text.isEmpty()) return Optional.empty();
        Optional<XenVersion> version = XenVersion.parse(text.get());
        if (version.isEmpty()) throw wrong("xen", "a version such as 4.17", text.get());
        return version;
    }

    private SortedSet<Integer> streams(Keys top) throws ImageException {
        SortedSet<Integer> versions = new TreeSet<>();
        for (JsonNode item : top.items("streams"))
            versions.add((int) number(item, "streams", 1, 1000));
        return versions;
    }

    private SortedSet<Integer> pageSizes(Keys top) throws ImageException {
        SortedSet<Integer> sizes = new TreeSet<>();
        for (JsonNode item : top.items("pageSizes"))
            sizes.add((int) number(item, "pageSizes", 1, 1 << 30));
        return sizes;
    }

    private Optional<Set<GuestKind>> guests(Keys top) throws ImageException {
        Optional<SortedSet<String>> names = top.texts("guests");
        if (names.isEmpty()) return Optional.empty();
        Set<GuestKind> kinds = new LinkedHashSet<>();
        for (String name : names.get()) {
            Optional<GuestKind> kind = GuestKind.of(name);
            if (kind.isPresent()) kinds.add(kind.get());
            else unknown.add("guests " + name);
        }
        return Optional.of(Collections.unmodifiableSet(kinds));
    }

    private Optional<Set<RecordType>> records(Keys top) throws ImageException {
        Optional<Keys> layers = top.object("records");
        if (layers.isEmpty()) return Optional.empty();
        Set<RecordType> types = new LinkedHashSet<>();
        for (Layer layer : List.of(Layer.LIBXL, Layer.LIBXC)) {
            String key = layer.specName();
            for (String name : layers.get().texts(key).orElse(new TreeSet<>())) {
                Optional<RecordType> type = RecordType.named(layer, name);
                if (type.isEmpty() && HEX.matcher(name).matches() && name.length() <= 10)
                    type =
                            Optional.of(
                                    new RecordType(
                                            layer,
                                            Integer.parseUnsignedInt(name.substring(2), 16)));
                if (type.isPresent()) types.add(type.get());
                else unknown.add("records." + key + " " + name);
            }
        }
        layers.get().done();
        return Optional.of(Collections.unmodifiableSet(types));
    }

    private SequencedMap<String, Long> hvmEntries(Keys top) throws ImageException {
        SequencedMap<String, Long> lengths = new LinkedHashMap<>();
        Optional<Keys> entries = top.object("hvmEntries");
        if (entries.isEmpty()) return lengths;
        for (Map.Entry<String, JsonNode> entry : entries.get().all()) {
            boolean known =
                    Arrays.stream(HvmEntryType.values())
                            .anyMatch(type -> type.name().equals(entry.getKey()));
            if (known)
                lengths.put(
                        entry.getKey(),
                        number(
                                entry.getValue(),
                                "hvmEntries." + entry.getKey(),
                                0,
                                Integer.MAX_VALUE));
            else unknown.add("hvmEntries." + entry.getKey());
        }
        return lengths;
    }

    private Optional<CpuLimits> limits(Keys top, String key) throws ImageException {
        Optional<Keys> object = top.object(key);
        if (object.isEmpty()) return Optional.empty();
        Keys policy = object.get();
        Optional<CpuidPolicy> cpuid = cpuid(policy, key + ".cpuid");
        if (cpuid.isEmpty())
            throw new CorruptImage(
                    fault(key + ".cpuid")
                            .problem("is missing")
                            .expected("rows as xen-cpuid -p prints them"));
        Optional<SortedMap<Long, Long>> msrs = Optional.empty();
        Optional<Keys> values = policy.object("msrs");
        if (values.isPresent()) {
            SortedMap<Long, Long> bits = new TreeMap<>();
            for (Map.Entry<String, JsonNode> msr : values.get().all()) {
                String where = key + ".msrs." + msr.getKey();
                bits.put(
                        index(msr.getKey(), where), hex(text(msr.getValue(), where), where, false));
            }
            msrs = Optional.of(bits);
        }
        policy.done();
        return Optional.of(new CpuLimits(cpuid.get(), msrs));
    }

    private Optional<CpuidPolicy> hardware(Keys top) throws ImageException {
        Optional<Keys> object = top.object("hardware");
        if (object.isEmpty()) return Optional.empty();
        Optional<CpuidPolicy> cpuid = cpuid(object.get(), "hardware.cpuid");
        object.get().done();
        return cpuid;
    }

    private Optional<CpuidPolicy> cpuid(Keys keys, String where) throws ImageException {
        if (!keys.has("cpuid")) return Optional.empty();
        List<CpuidPolicy.Leaf> leaves = new ArrayList<>();
        Set<List<Long>> seen = new HashSet<>();
        for (JsonNode item : keys.items("cpuid")) {
            String text = text(item, where);
            Optional<CpuidPolicy.Leaf> leaf = CpuidRow.parse(text);
            if (leaf.isEmpty())
                throw wrong(
                        where,
                        "a row such as 00000007:00000000 -> 00000000:01880329:00000200:00000000",
                        text);
            if (!seen.add(List.of(leaf.get().leaf(), leaf.get().subleaf())))
                throw wrong(where, "each leaf once", text);
            leaves.add(leaf.get());
        }
        return Optional.of(new CpuidPolicy(leaves));
    }

    private SortedSet<Long> indices(Keys top, String key) throws ImageException {
        SortedSet<Long> indices = new TreeSet<>();
        for (JsonNode item : top.items(key)) indices.add(index(text(item, key), key));
        return indices;
    }

    private HostCapabilities.Transfer wire(Keys top) throws ImageException {
        Optional<Keys> object = top.object("wire");
        if (object.isEmpty()) return KnownXen.NO_WIRE;
        Keys wire = object.get();
        JsonNode resume = wire.node("resume");
        if (!resume.isMissingNode() && !resume.isBoolean())
            throw wrong("wire.resume", "true or false", resume);
        var read =
                new HostCapabilities.Transfer(
                        wire.texts("compression").orElse(new TreeSet<>()),
                        wire.texts("encryption").orElse(new TreeSet<>()),
                        wire.texts("checksums").orElse(new TreeSet<>()),
                        (int) wire.number("channels", 1, 1024).orElse(1),
                        resume.asBoolean(false));
        wire.done();
        return read;
    }

    private HostCapabilities.Sizes sizes(Keys top) throws ImageException {
        Optional<Keys> object = top.object("limits");
        if (object.isEmpty()) return HostCapabilities.Sizes.NONE;
        Keys limits = object.get();
        var read =
                new HostCapabilities.Sizes(
                        limits.number("vcpus", 1, Integer.MAX_VALUE),
                        limits.number("memoryKib", 1, Long.MAX_VALUE),
                        limits.number("recordBytes", 1, Long.MAX_VALUE));
        limits.done();
        return read;
    }

    private long index(String text, String where) throws ImageException {
        return hex(text, where, true);
    }

    private long hex(String text, String where, boolean word) throws ImageException {
        if (HEX.matcher(text).matches() && (!word || text.length() <= 10))
            return Long.parseUnsignedLong(text.substring(2), 16);
        throw wrong(where, word ? "an index such as 0x10a" : "bits such as 0x80000000", text);
    }

    private long number(JsonNode value, String where, long least, long most) throws ImageException {
        if (value.isIntegralNumber()
                && value.canConvertToLong()
                && value.longValue() >= least
                && value.longValue() <= most) return value.longValue();
        throw wrong(where, "a number from %d to %d".formatted(least, most), value);
    }

    private String text(JsonNode value, String where) throws ImageException {
        if (!value.isTextual()) throw wrong(where, "a text", value);
        if (value.textValue().length() > TEXT_MAX)
            throw new LimitExceeded(
                    fault(where)
                            .expected("at most " + TEXT_MAX + " characters")
                            .found(value.textValue().length() + ""));
        return value.textValue();
    }

    private CorruptImage wrong(String key, String expected, JsonNode found) {
        String shown =
                found.isContainerNode()
                        ? found.getNodeType().name().toLowerCase(Locale.ROOT)
                        : found.toString();
        return wrong(key, expected, shown);
    }

    private CorruptImage wrong(String key, String expected, String found) {
        String shown = found.length() > TEXT_MAX ? found.substring(0, TEXT_MAX) + "…" : found;
        return new CorruptImage(fault(key).expected(expected).found(shown));
    }

    private Fault fault(String key) {
        return Fault.in(source).element("capabilities").field(key);
    }

    /** The keys of one object; what nobody asked for is not known. */
    private final class Keys {
        private final ObjectNode object;
        private final String path;
        private final Set<String> asked = new HashSet<>();

        Keys(ObjectNode object, String path) throws ImageException {
            this.object = object;
            this.path = path;
            if (object.size() > ITEMS_MAX) throw tooMany(path, object.size());
        }

        private LimitExceeded tooMany(String where, int found) {
            return new LimitExceeded(
                    fault(where).expected("at most " + ITEMS_MAX + " items").found(found + ""));
        }

        void skip(String key) {
            asked.add(key);
        }

        boolean has(String key) {
            return object.has(key);
        }

        JsonNode node(String key) {
            asked.add(key);
            return object.path(key);
        }

        Optional<String> text(String key) throws ImageException {
            JsonNode value = node(key);
            return value.isMissingNode()
                    ? Optional.empty()
                    : Optional.of(HostCapabilitiesReader.this.text(value, path + key));
        }

        OptionalLong number(String key, long least, long most) throws ImageException {
            JsonNode value = node(key);
            return value.isMissingNode()
                    ? OptionalLong.empty()
                    : OptionalLong.of(
                            HostCapabilitiesReader.this.number(value, path + key, least, most));
        }

        /** The items of an array; none if the key is absent. */
        List<JsonNode> items(String key) throws ImageException {
            JsonNode value = node(key);
            if (value.isMissingNode()) return List.of();
            if (!value.isArray()) throw wrong(path + key, "an array", value);
            if (value.size() > ITEMS_MAX) throw tooMany(path + key, value.size());
            List<JsonNode> items = new ArrayList<>();
            value.forEach(items::add);
            return items;
        }

        Optional<SortedSet<String>> texts(String key) throws ImageException {
            if (!has(key)) return Optional.empty();
            SortedSet<String> texts = new TreeSet<>();
            for (JsonNode item : items(key))
                texts.add(HostCapabilitiesReader.this.text(item, path + key));
            return Optional.of(Collections.unmodifiableSortedSet(texts));
        }

        Optional<Keys> object(String key) throws ImageException {
            JsonNode value = node(key);
            if (value.isMissingNode()) return Optional.empty();
            if (value instanceof ObjectNode inner)
                return Optional.of(new Keys(inner, path + key + "."));
            throw wrong(path + key, "an object", value);
        }

        List<Map.Entry<String, JsonNode>> all() {
            return List.copyOf(object.properties());
        }

        void done() {
            for (Map.Entry<String, JsonNode> one : object.properties())
                if (!asked.contains(one.getKey())) unknown.add(path + one.getKey());
        }
    }
}
