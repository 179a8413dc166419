package org.xenimage.migrate;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.GuestType;
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
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntry;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.MsrPolicy;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.VcpuMsrs;
import org.xenimage.image.record.XenRecord;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageReader;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Learns the {@linkplain ImageNeeds needs} of an image; what it knows so far can be asked at any time. */
final class NeedsInspection implements ImageSink {
    private static final String TYPE = "c_info/type";
    private static final String VCPUS = "b_info/max_vcpus";
    private static final String MEMORY = "b_info/max_memkb";

    /** The most MSRs and types of records of a hostile image; a real one has a few dozen. */
    private static final int DISTINCT_MAX = 4096;

    /** The numbers of device models (libxl-migration-stream, section Emulator Records). */
    private static final long TRADITIONAL = 1;

    private static final long UPSTREAM = 2;
    private static final int XCR0_ACCUM = 16;
    private static final int GUEST_WIDTH_32 = 4;

    private final String source;
    private final String format;
    private final boolean partial;
    private final boolean encrypted;
    private String outermost = "";
    private Optional<LibxcHeader> header = Optional.empty();
    private boolean pvh;
    private boolean narrow;
    private final SequencedMap<RecordType, ImageNeeds.Seen> records = new LinkedHashMap<>();
    private Optional<CpuidPolicy> cpuid = Optional.empty();
    private Optional<MsrPolicy> msrs = Optional.empty();
    private long state;
    private final SortedSet<Long> vcpuMsrs = new TreeSet<>();
    private final SequencedMap<String, Long> hvmEntries = new LinkedHashMap<>();
    private final SortedSet<String> emulators = new TreeSet<>();
    private long vcpus;
    private long learned;
    private String fault = "";
    private long memoryKib;

    NeedsInspection(ImageReader image) throws IOException {
        this.source = image.name();
        this.format = image.format().name();
        this.partial = image.metadata().containsKey(Container.PARTIAL);
        this.encrypted = encrypted(image);
    }

    private static boolean encrypted(ImageReader image) throws IOException {
        return image.container().stream()
                .flatMap(container -> container.capabilities().stream())
                .anyMatch(one -> one.name().equals(HostCapabilities.ENCRYPTION));
    }

    /** Notes what breaks the rules of the format; the first counts. */
    void faulty(String message) {
        if (fault.isEmpty()) fault = "a fault: " + message;
    }

    /** {@return a number that grows whenever an element brings something new} */
    long learned() {
        return learned;
    }

    ImageNeeds needs() {
        return new ImageNeeds(
                source,
                format,
                outermost.isEmpty() ? format : outermost,
                unfit(),
                encrypted,
                header.map(LibxcHeader::version).orElse(0),
                kind(),
                header.map(found -> 1 << found.pageShift()).orElse(0),
                header.filter(found -> !found.legacyConverted())
                        .filter(found -> found.xenMajor() >= 0 && found.xenMinor() >= 0)
                        .map(found -> new XenVersion(found.xenMajor(), found.xenMinor())),
                records,
                cpuid,
                msrs,
                state,
                vcpuMsrs,
                hvmEntries,
                emulators,
                vcpus,
                memoryKib);
    }

    private String unfit() {
        if (header.isEmpty()) return "no libxc stream";
        if (records.keySet().stream().anyMatch(RecordType::ofCore)) return "what a dump-core has";
        return partial ? "parts missing: it was recovered from a damaged one" : fault;
    }

    private GuestKind kind() {
        boolean pv = header.flatMap(LibxcHeader::guestType).orElse(GuestType.HVM) == GuestType.PV;
        if (pv) return narrow ? GuestKind.PV32 : GuestKind.PV64;
        return pvh ? GuestKind.PVH : GuestKind.HVM;
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        switch (element) {
            case XlHeader _ -> begins("xl");
            case LibvirtHeader _ -> begins("libvirt");
            case XenopsdHeader _ -> begins("xenopsd");
            case LibxlHeader _ -> begins("libxl");
            case LibxcHeader found -> {
                begins("libxc");
                header = Optional.of(found);
            }
            case Config config -> config(config);
            case RecordFrame frame -> record(frame);
            case SiteMetadata _, PageBatch _, StreamEnd _, TrailingBytes _ -> {}
        }
    }

    private void begins(String layer) {
        if (outermost.isEmpty()) outermost = layer;
    }

    private void config(Config config) throws IOException {
        Map<String, String> found =
                config.form() == Config.Form.JSON
                        ? config.find(Set.of(TYPE, VCPUS, MEMORY))
                        : words(config);
        pvh = found.getOrDefault(TYPE, "").equals("pvh");
        vcpus = number(found.get(VCPUS));
        memoryKib = number(found.get(MEMORY));
    }

    private static Map<String, String> words(Config config) throws IOException {
        var json = config.inWordsOfLibxl();
        Map<String, String> found = new LinkedHashMap<>();
        for (String path : Set.of(TYPE, VCPUS, MEMORY))
            found.put(path, json.at("/" + path).asText());
        return found;
    }

    private static long number(@Nullable String text) {
        if (text == null || text.isEmpty() || text.length() > 18) return 0;
        return text.chars().allMatch(c -> c >= '0' && c <= '9') ? Long.parseLong(text) : 0;
    }

    private void record(RecordFrame frame) throws IOException {
        RecordType type = frame.type();
        if (type.equals(RecordType.QEMU_XEN)) emulator(UPSTREAM);
        else if (type.equals(RecordType.QEMU_TRAD)) emulator(TRADITIONAL);
        if (type.layer() != Layer.LIBXC && type.layer() != Layer.LIBXL) return;
        var seen = records.get(type);
        if (seen == null) {
            learned++;
            if (records.size() < DISTINCT_MAX)
                records.put(type, new ImageNeeds.Seen(frame.offset(), frame.bodyLength()));
        } else if (frame.bodyLength() > seen.longest()) {
            learned++;
            records.put(type, seen.and(frame.bodyLength()));
        }
        if (type.equals(RecordType.EMULATOR_CONTEXT)) emulator(first(frame, Integer.BYTES));
        else if (type.equals(RecordType.X86_PV_VCPU_XSAVE)) extended(frame);
        else if (type.equals(RecordType.X86_PV_INFO)) narrow = first(frame, 1) == GUEST_WIDTH_32;
        else if (type.equals(RecordType.X86_CPUID_POLICY)
                || type.equals(RecordType.X86_MSR_POLICY)
                || type.equals(RecordType.X86_PV_VCPU_MSRS)
                || type.equals(RecordType.HVM_CONTEXT)) decoded(frame.decode());
    }

    private void decoded(XenRecord record) {
        if (!(record instanceof VcpuMsrs)) learned++;
        if (record instanceof CpuidPolicy found) cpuid = Optional.of(found);
        else if (record instanceof MsrPolicy found) msrs = Optional.of(found);
        else if (record instanceof VcpuMsrs found) found.msrs().forEach(msr -> msr(msr.index()));
        else if (record instanceof HvmContext context) context.entries().forEach(this::entry);
    }

    private void msr(long index) {
        if (vcpuMsrs.size() < DISTINCT_MAX && vcpuMsrs.add(index)) learned++;
    }

    private void entry(HvmEntry entry) {
        String name =
                entry.type()
                        .map(HvmEntryType::name)
                        .orElse("0x" + Integer.toHexString(entry.typecode()));
        if (hvmEntries.size() < DISTINCT_MAX || hvmEntries.containsKey(name))
            hvmEntries.merge(name, entry.length(), Math::max);
        if (!(entry.body() instanceof FieldValue.Group fields)) return;
        if (name.equals(HvmEntryType.CPU_XSAVE.name())) state |= fields.unsigned("xcr0_accum");
        else if (name.equals(HvmEntryType.CPU_MSR.name()))
            for (FieldValue msr : fields.sequence("msr"))
                if (msr instanceof FieldValue.Group one) msr(one.unsigned("index"));
    }

    private void extended(RecordFrame frame) throws IOException {
        if (frame.bodyLength() < XCR0_ACCUM + Long.BYTES) return;
        long used =
                frame.body()
                        .get(
                                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(frame.context().order()),
                                XCR0_ACCUM);
        if ((used & ~state) != 0) learned++;
        state |= used;
    }

    /** By its number only: its state may be long. */
    private void emulator(long id) {
        String name =
                id == TRADITIONAL
                        ? "qemu_xen_traditional"
                        : id == UPSTREAM ? "qemu_xen" : "emulator 0x" + Long.toHexString(id);
        if (emulators.size() < DISTINCT_MAX && emulators.add(name)) learned++;
    }

    private static long first(RecordFrame frame, int bytes) throws IOException {
        if (frame.bodyLength() < bytes) return 0;
        int header = frame.type().layer().headerLength();
        MemorySegment head = frame.bytes().first(header + bytes);
        return bytes == 1
                ? Byte.toUnsignedLong(head.get(ValueLayout.JAVA_BYTE, header))
                : Integer.toUnsignedLong(
                        head.get(
                                ValueLayout.JAVA_INT_UNALIGNED.withOrder(frame.context().order()),
                                header));
    }
}
