package org.xenimage.tools.diff;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.HeapBounds;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.page.RoundTracker;
import org.xenimage.image.record.Checkpoint;
import org.xenimage.image.record.CheckpointDirtyPfnList;
import org.xenimage.image.record.CheckpointEnd;
import org.xenimage.image.record.CheckpointState;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.EmulatorContext;
import org.xenimage.image.record.EmulatorXenstoreData;
import org.xenimage.image.record.End;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.HvmParams;
import org.xenimage.image.record.LibxcContext;
import org.xenimage.image.record.LibxlEnd;
import org.xenimage.image.record.MsrPolicy;
import org.xenimage.image.record.OpaqueRecord;
import org.xenimage.image.record.P2mFrames;
import org.xenimage.image.record.PvInfo;
import org.xenimage.image.record.SharedInfo;
import org.xenimage.image.record.StaticDataEnd;
import org.xenimage.image.record.Toolstack;
import org.xenimage.image.record.TscInfo;
import org.xenimage.image.record.VcpuBasic;
import org.xenimage.image.record.VcpuExtended;
import org.xenimage.image.record.VcpuMsrs;
import org.xenimage.image.record.VcpuXsave;
import org.xenimage.image.record.Verify;
import org.xenimage.image.record.XenRecord;
import org.xenimage.image.seal.Sha256;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.tools.diff.Difference.Part;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * What one image says, by part and name, and its pages; takes the elements of the image.
 *
 * <p>Of a record or a page that comes several times, in rounds and checkpoints, the last one counts;
 * a round that is unfinished at the end of a checkpointed stream does not. Memory: the decoded
 * values, at most {@link #VALUES_MAX}; a run of bytes longer than
 * {@link #BYTES_SHOWN} is kept as its SHA-256. Page data that does not fit in memory goes to a
 * file. For one image and one thread; closing it frees the file.
 */
public final class ImageContent implements ImageSink, Closeable {
    /** Values that an image may have apart from its pages. */
    public static final int VALUES_MAX = Math.min(1 << 21, HeapBounds.here().entries(320));

    /** Bytes of a run that are kept unchanged. */
    public static final int BYTES_SHOWN = 32;

    private static final long DECODED_MAX = 1 << 20;

    /** The group of how the stream ended, which is no part of a round. */
    private static final String END = "end";

    private static final Set<String> REPEATED =
            Set.of(
                    "domain.name",
                    "domain.uuid",
                    "guest.os",
                    "xen.version",
                    "segments.dropped",
                    "debuggers");

    private final SequencedMap<String, Entry> groups = new LinkedHashMap<>();
    private final PageHashes pages = new PageHashes();
    private long values;
    private final RoundTracker rounds = new RoundTracker();

    /** What the groups that changed since the last checkpoint were there. */
    private final Map<String, Optional<Entry>> before = new LinkedHashMap<>();

    /** How many values they have; they count against the bound. */
    private long beforeValues;

    private boolean checkpointed;
    private boolean unfinished;

    /** The values of one element. */
    record Entry(Part part, Map<String, String> values) {}

    /** An image of which nothing is known yet. */
    public ImageContent() {}

    /**
     * Takes what a format keeps apart from the elements. Keys that repeat what the elements or the
     * pages say do not count, so that formats with and without them compare.
     *
     * @param metadata by key
     * @throws LimitExceeded if there are too many
     */
    public void metadata(Map<String, String> metadata) throws LimitExceeded {
        var all = new Collector("");
        metadata.forEach((key, value) -> {
            if (!REPEATED.contains(key)) all.put(key, value);
        });
        keep("container", Part.METADATA, all);
    }

    /**
     * Takes the sections of sites: their content counts by its digest, and by its fields where the site describes them.
     *
     * @param extras of the image, all of whose elements were passed
     * @throws IOException if a section is damaged; a {@link LimitExceeded} if there are too many
     */
    public void sections(ImageExtras extras) throws IOException {
        var all = new Collector("section.");
        for (SectionHead head : extras.sectionHeads()) {
            all.put(head.name() + ".type", head.type());
            all.put(head.name() + ".mandatory", Boolean.toString(head.mandatory()));
            all.put(head.name() + ".length", Long.toString(head.length()));
            all.put(head.name() + ".sha256", head.sha256());
        }
        SectionRegistry known = extras.known();
        if (!known.layouts().isEmpty())
            for (SiteSection section : extras.sections())
                known.fields(section)
                        .ifPresent(fields -> all.json(section.name() + ".fields", fields));
        keep("sections", Part.METADATA, all);
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        take(element);
        if (!rounds.completes(element)) return;
        pages.mark();
        checkpointed = true;
        before.clear();
        values -= beforeValues;
        beforeValues = 0;
    }

    /** Ends the image: of a checkpointed stream that ends within a round, the last checkpoint counts. */
    @Override
    public void end() {
        if (unfinished || !rounds.unfinished()) return;
        unfinished = true;
        pages.backToMark();
        before.forEach((key, entry) -> {
            if (key.equals(END)) return;
            groups.remove(key);
            entry.ifPresent(found -> groups.put(key, found));
        });
    }

    /**
     * Whether the image ended within a round, which does not count.
     *
     * @return whether one was left out; known after {@link #end}
     */
    public boolean unfinishedRound() {
        return unfinished;
    }

    private void take(ImageElement element) throws IOException {
        switch (element) {
            case XlHeader xl -> {
                var all = new Collector("xl.");
                all.hex("mandatory_flags", Integer.toUnsignedLong(xl.mandatoryFlags()));
                all.hex("optional_flags", Integer.toUnsignedLong(xl.optionalFlags()));
                all.put("byte_order", xl.order().toString());
                all.bytes("tail", xl.foreignTail().all());
                keep("xl", Part.HEADER, all);
            }
            case LibvirtHeader libvirt -> {
                var all = new Collector("libvirt.");
                all.put("version", Integer.toUnsignedString(libvirt.version()));
                all.put("byte_order", libvirt.order().toString());
                all.bytes("unused", libvirt.unused().all());
                all.bytes("tail", libvirt.foreignTail().all());
                keep("libvirt", Part.HEADER, all);
            }
            case XenopsdHeader _ -> {
                var all = new Collector("xenopsd.");
                all.put("signature", "XenSavedDomv2-");
                keep("xenopsd", Part.HEADER, all);
            }
            case Config config -> config(config);
            case SiteMetadata metadata -> metadata(metadata);
            case LibxlHeader libxl -> {
                var all = new Collector("libxl.");
                all.put("version", Integer.toUnsignedString(libxl.version()));
                all.hex("options", Integer.toUnsignedLong(libxl.options()));
                keep("libxl", Part.HEADER, all);
            }
            case LibxcHeader libxc -> libxc(libxc);
            case RecordFrame frame -> record(frame);
            case PageBatch batch -> pages.accept(batch);
            case StreamEnd end -> {
                var all = new Collector("stream.");
                all.put("ending", end.ending().name());
                keep(END, Part.HEADER, all);
            }
            case TrailingBytes _ -> {}
        }
    }

    private void config(Config config) throws IOException {
        var all = new Collector("");
        try {
            all.json("", config.json());
        } catch (CorruptImage | LimitExceeded e) {
            all.bytes("bytes", config.bytes().all());
        }
        keep("config", Part.CONFIG, all);
    }

    private void metadata(SiteMetadata metadata) throws IOException {
        if (metadata.isEmpty()) return;
        var all = new Collector("");
        try {
            for (var key : metadata.json().properties()) all.json(key.getKey(), key.getValue());
        } catch (CorruptImage | LimitExceeded e) {
            all.bytes("bytes", metadata.bytes().all());
        }
        keep("site", Part.METADATA, all);
    }

    private void libxc(LibxcHeader libxc) throws LimitExceeded {
        var all = new Collector("libxc.");
        all.put("version", Integer.toUnsignedString(libxc.version()));
        all.hex("options", Short.toUnsignedLong(libxc.options()));
        all.hex("reserved16", Short.toUnsignedLong(libxc.reserved16()));
        all.hex("reserved32", Integer.toUnsignedLong(libxc.reserved32()));
        all.put(
                "type",
                libxc.guestType().map(Enum::name).orElse(Integer.toUnsignedString(libxc.type())));
        all.put("page_shift", Short.toString(libxc.pageShift()));
        all.hex("domain_reserved", Short.toUnsignedLong(libxc.domainReserved()));
        all.put("xen_major", Integer.toUnsignedString(libxc.xenMajor()));
        all.put("xen_minor", Integer.toUnsignedString(libxc.xenMinor()));
        keep("libxc", Part.HEADER, all);
    }

    private void record(RecordFrame frame) throws IOException {
        String name = frame.type().toString();
        if (frame.bodyLength() > DECODED_MAX) {
            opaque(frame, name);
            return;
        }
        XenRecord record;
        try {
            record = frame.decode();
        } catch (ImageException e) {
            opaque(frame, name);
            return;
        }
        switch (record) {
            case CpuidPolicy cpuid -> cpuid(cpuid);
            case MsrPolicy msrs -> {
                var all = new Collector("policy.");
                for (MsrPolicy.Entry msr : msrs.msrs()) {
                    String path = msr.name().orElse("0x%08x".formatted(msr.index()));
                    all.hex(path, msr.value());
                    if (msr.flags() != 0) all.hex(path + ".flags", msr.flags());
                }
                keep(name, Part.MSR, all);
            }
            case VcpuMsrs msrs -> {
                var all = new Collector("vcpu[%d].".formatted(msrs.vcpuId()));
                for (VcpuMsrs.Msr msr : msrs.msrs())
                    all.hex("0x%08x".formatted(msr.index()), msr.value());
                keep(name + msrs.vcpuId(), Part.MSR, all);
            }
            case HvmParams params -> {
                var all = new Collector("");
                for (HvmParams.Param param : params.params())
                    all.hex(
                            param.name().orElse("param 0x%x".formatted(param.index())),
                            param.value());
                keep(name, Part.HVM_PARAM, all);
            }
            case HvmContext context -> hvm(context);
            case EmulatorXenstoreData data -> {
                String id = "%d.%d".formatted(data.emulatorId(), data.index());
                var all = new Collector("emulator[%s].xenstore.".formatted(id));
                for (EmulatorXenstoreData.Pair pair : data.pairs())
                    all.put(pair.key(), pair.value());
                keep(name + id, Part.RECORD, all);
            }
            case End _, LibxlEnd _, LibxcContext _, Verify _, Checkpoint _, CheckpointEnd _ -> {}
            case PvInfo _,
                    P2mFrames _,
                    VcpuBasic _,
                    VcpuExtended _,
                    VcpuXsave _,
                    SharedInfo _,
                    TscInfo _,
                    Toolstack _,
                    CheckpointDirtyPfnList _,
                    StaticDataEnd _,
                    EmulatorContext _,
                    CheckpointState _,
                    OpaqueRecord _ ->
                    fields(frame, name, record);
        }
    }

    /** A record whose fields are compared by their names in its layout. */
    private void fields(RecordFrame frame, String name, XenRecord record) throws IOException {
        FieldValue.Group fields = record.fields();
        Part part = name.equals("X86_TSC_INFO") ? Part.TSC : Part.RECORD;
        String prefix = part == Part.TSC ? "" : name + ".";
        String key = name;
        if (name.startsWith("X86_PV_VCPU_")) {
            long id = fields.unsigned("vcpu_id");
            prefix = "vcpu[%d].%s".formatted(id, within(record));
            key += id;
            part = Part.VCPU;
        } else if (fields.find("emulator_id").isPresent()) {
            String id = "%d.%d".formatted(fields.unsigned("emulator_id"), fields.unsigned("index"));
            prefix = "emulator[%s].".formatted(id);
            key += id;
        }
        var all = new Collector(prefix);
        if (fields.members().isEmpty() && frame.bodyLength() > 0) all.bytes("bytes", frame.body());
        else if (fields.members().isEmpty()) all.put("", "present");
        else all.group("", fields);
        keep(key, part, all);
    }

    /** Registers need no name of their record; of the other records of a vCPU several have the same names. */
    private static String within(XenRecord record) {
        if (record instanceof VcpuExtended) return "extended.";
        return record instanceof VcpuXsave ? "xsave." : "";
    }

    private void opaque(RecordFrame frame, String name) throws IOException {
        var all = new Collector(name + ".");
        all.bytes("bytes", frame.body());
        keep(name, Part.RECORD, all);
    }

    private void cpuid(CpuidPolicy cpuid) throws LimitExceeded {
        var all = new Collector("");
        for (CpuidPolicy.Leaf leaf : cpuid.leaves()) {
            String path = "leaf 0x%08x".formatted(leaf.leaf());
            if (leaf.subleaf() != CpuidPolicy.NO_SUBLEAF) path += ".%d".formatted(leaf.subleaf());
            all.hex(path + ".eax", leaf.eax());
            all.hex(path + ".ebx", leaf.ebx());
            all.hex(path + ".ecx", leaf.ecx());
            all.hex(path + ".edx", leaf.edx());
        }
        for (String feature : cpuid.features()) all.put("feature " + feature, "set");
        keep("cpuid", Part.CPUID, all);
    }

    private void hvm(HvmContext context) throws LimitExceeded {
        Map<String, Integer> seen = new HashMap<>();
        for (FieldValue entry : context.fields().sequence("entries")) {
            if (!(entry instanceof FieldValue.Group group)) continue;
            int typecode = (int) group.unsigned("typecode");
            long instance = group.unsigned("instance");
            Optional<HvmEntryType> type = HvmEntryType.of(typecode);
            String name = type.map(HvmEntryType::fieldName).orElse("type %d".formatted(typecode));
            boolean ofVcpu = type.isPresent() && ofVcpu(type.get());
            String path =
                    ofVcpu
                            ? "vcpu[%d].%s".formatted(instance, name)
                            : "%s[%d]".formatted(name, instance);
            int again = seen.merge(path, 1, Integer::sum);
            if (again > 1) path += " (%d)".formatted(again);
            var all = new Collector(path + ".");
            group.members()
                    .forEach((member, value) -> {
                        if (!member.equals("typecode") && !member.equals("instance"))
                            all.value(value instanceof FieldValue.Group ? "" : member, value);
                    });
            if (all.values.isEmpty()) all.put("", "present");
            keep("hvm " + path, ofVcpu ? Part.VCPU : Part.RECORD, all);
        }
        var trailing = new Collector("HVM_CONTEXT.");
        if (context.trailing().length() > 0)
            trailing.bytes("trailing", context.trailing().segment());
        keep("hvm", Part.RECORD, trailing);
    }

    private static boolean ofVcpu(HvmEntryType type) {
        return switch (type) {
            case CPU,
                    LAPIC,
                    LAPIC_REGS,
                    MTRR,
                    CPU_XSAVE,
                    VIRIDIAN_VCPU,
                    VMCE_VCPU,
                    TSC_ADJUST,
                    CPU_MSR ->
                    true;
            case END,
                    HEADER,
                    PIC,
                    IOAPIC,
                    PCI_IRQ,
                    ISA_IRQ,
                    PCI_LINK,
                    PIT,
                    RTC,
                    HPET,
                    PMTIMER,
                    VIRIDIAN_DOMAIN ->
                    false;
        };
    }

    private void keep(String key, Part part, Collector collected) throws LimitExceeded {
        Entry old = groups.put(key, new Entry(part, collected.values));
        values += collected.values.size();
        boolean noted = checkpointed && before.putIfAbsent(key, Optional.ofNullable(old)) == null;
        if (old != null && noted) beforeValues += old.values().size();
        else if (old != null) values -= old.values().size();
        if (values > VALUES_MAX || groups.size() > VALUES_MAX) {
            throw new LimitExceeded(
                    Fault.in("image")
                            .element("values apart from the pages")
                            .expected("at most " + VALUES_MAX)
                            .found("more")
                            .remedy("the image is damaged, or was made to exhaust memory"));
        }
    }

    @Override
    public void close() throws IOException {
        pages.close();
    }

    SequencedMap<String, Entry> groups() {
        return groups;
    }

    PageHashes pages() {
        return pages;
    }

    /** Gathers the values of one element by their paths. */
    private static final class Collector {
        final SequencedMap<String, String> values = new LinkedHashMap<>();
        private final String prefix;

        Collector(String prefix) {
            this.prefix = prefix;
        }

        void put(String path, String value) {
            String full = prefix + path;
            values.put(full.endsWith(".") ? full.substring(0, full.length() - 1) : full, value);
        }

        void hex(String path, long value) {
            put(path, "0x" + Long.toHexString(value));
        }

        void bytes(String path, MemorySegment bytes) {
            if (bytes.byteSize() == 0) return;
            if (bytes.byteSize() <= BYTES_SHOWN) {
                put(
                        path,
                        HexFormat.of()
                                .formatHex(bytes.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)));
                return;
            }
            MessageDigest digest = Sha256.begin();
            digest.update(bytes.asByteBuffer());
            put(path, "%d bytes, sha256 %s".formatted(bytes.byteSize(), Sha256.text(digest)));
        }

        void value(String path, FieldValue value) {
            switch (value) {
                case FieldValue.Unsigned number -> hex(path, number.value());
                case FieldValue.Bytes bytes -> bytes(path, bytes.segment());
                case FieldValue.Text(String text) -> put(path, text);
                case FieldValue.Group group -> group(path, group);
                case FieldValue.Sequence(List<FieldValue> items) -> {
                    for (int i = 0; i < items.size(); i++)
                        value(path + "[" + i + "]", items.get(i));
                }
            }
        }

        void group(String path, FieldValue.Group group) {
            group.members()
                    .forEach((name, value) ->
                            value(path.isEmpty() ? name : path + "." + name, value));
        }

        void json(String path, JsonNode node) {
            switch (node) {
                case ObjectNode object when !object.isEmpty() ->
                        object.properties()
                                .forEach(member ->
                                        json(
                                                path.isEmpty()
                                                        ? member.getKey()
                                                        : path + "." + member.getKey(),
                                                member.getValue()));
                case ArrayNode array when !array.isEmpty() -> {
                    for (int i = 0; i < array.size(); i++) json(path + "[" + i + "]", array.get(i));
                }
                default ->
                        put(path, node.isTextual() ? "\"" + node.asText() + "\"" : node.toString());
            }
        }
    }
}
