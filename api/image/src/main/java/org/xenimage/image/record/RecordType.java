package org.xenimage.image.record;

import java.util.Map;
import java.util.stream.Stream;

/**
 * The type of a record: a layer and the 32-bit code in the record's header.
 *
 * <p>Codes with bit 31 set are optional: a reader that does not know one may ignore it. All others are mandatory.
 *
 * @param layer libxl, libxc or xenopsd
 * @param code as on the wire, unsigned
 */
public record RecordType(Layer layer, int code) {
    /** libxc END. */
    public static final RecordType END = libxc(0x00);

    /** libxc PAGE_DATA; its frames are {@code PageBatch}es. */
    public static final RecordType PAGE_DATA = libxc(0x01);

    /** libxc X86_PV_INFO. */
    public static final RecordType X86_PV_INFO = libxc(0x02);

    /** libxc X86_PV_P2M_FRAMES. */
    public static final RecordType X86_PV_P2M_FRAMES = libxc(0x03);

    /** libxc X86_PV_VCPU_BASIC. */
    public static final RecordType X86_PV_VCPU_BASIC = libxc(0x04);

    /** libxc X86_PV_VCPU_EXTENDED. */
    public static final RecordType X86_PV_VCPU_EXTENDED = libxc(0x05);

    /** libxc X86_PV_VCPU_XSAVE. */
    public static final RecordType X86_PV_VCPU_XSAVE = libxc(0x06);

    /** libxc SHARED_INFO. */
    public static final RecordType SHARED_INFO = libxc(0x07);

    /** libxc X86_TSC_INFO. */
    public static final RecordType X86_TSC_INFO = libxc(0x08);

    /** libxc HVM_CONTEXT. */
    public static final RecordType HVM_CONTEXT = libxc(0x09);

    /** libxc HVM_PARAMS. */
    public static final RecordType HVM_PARAMS = libxc(0x0a);

    /** libxc TOOLSTACK, deprecated. */
    public static final RecordType TOOLSTACK = libxc(0x0b);

    /** libxc X86_PV_VCPU_MSRS. */
    public static final RecordType X86_PV_VCPU_MSRS = libxc(0x0c);

    /** libxc VERIFY. */
    public static final RecordType VERIFY = libxc(0x0d);

    /** libxc CHECKPOINT. */
    public static final RecordType CHECKPOINT = libxc(0x0e);

    /** libxc CHECKPOINT_DIRTY_PFN_LIST, from the secondary to the primary only. */
    public static final RecordType CHECKPOINT_DIRTY_PFN_LIST = libxc(0x0f);

    /** libxc STATIC_DATA_END, version 3. */
    public static final RecordType STATIC_DATA_END = libxc(0x10);

    /** libxc X86_CPUID_POLICY, version 3. */
    public static final RecordType X86_CPUID_POLICY = libxc(0x11);

    /** libxc X86_MSR_POLICY, version 3. */
    public static final RecordType X86_MSR_POLICY = libxc(0x12);

    /** libxl END. */
    public static final RecordType LIBXL_END = libxl(0x00);

    /** libxl LIBXC_CONTEXT: the libxc stream follows. */
    public static final RecordType LIBXC_CONTEXT = libxl(0x01);

    /** libxl EMULATOR_XENSTORE_DATA. */
    public static final RecordType EMULATOR_XENSTORE_DATA = libxl(0x02);

    /** libxl EMULATOR_CONTEXT. */
    public static final RecordType EMULATOR_CONTEXT = libxl(0x03);

    /** libxl CHECKPOINT_END. */
    public static final RecordType CHECKPOINT_END = libxl(0x04);

    /** libxl CHECKPOINT_STATE, COLO only. */
    public static final RecordType CHECKPOINT_STATE = libxl(0x05);

    /** xenopsd Xenops: the s-expression that describes the domain; the first one is the config. */
    public static final RecordType XENOPS = xenopsd(0x000f);

    /** xenopsd Libxc: the libxc stream follows. */
    public static final RecordType XENOPSD_LIBXC = xenopsd(0x00f0);

    /** xenopsd Libxl; no release of xenopsd writes it. */
    public static final RecordType XENOPSD_LIBXL = xenopsd(0x00f1);

    /** xenopsd Libxc_legacy: a legacy libxc stream follows. */
    public static final RecordType XENOPSD_LIBXC_LEGACY = xenopsd(0x00f2);

    /** xenopsd Qemu_trad: the state of qemu-traditional. */
    public static final RecordType QEMU_TRAD = xenopsd(0x0f00);

    /** xenopsd Qemu_xen: the state of upstream QEMU. */
    public static final RecordType QEMU_XEN = xenopsd(0x0f01);

    /** xenopsd Demu: the state of a virtual GPU. */
    public static final RecordType DEMU = xenopsd(0x0f10);

    /** xenopsd Varstored: UEFI variables. */
    public static final RecordType VARSTORED = xenopsd(0x0f11);

    /** xenopsd Swtpm0: the state of a TPM, as the first release wrote it. */
    public static final RecordType SWTPM0 = xenopsd(0x0f12);

    /** xenopsd Swtpm: the state of a TPM. */
    public static final RecordType SWTPM = xenopsd(0x0f13);

    /** xenopsd End. */
    public static final RecordType XENOPSD_END = xenopsd(0xffff);

    /** The bytes of {@code .note.Xen} of a dump-core. */
    public static final RecordType CORE_NOTES = libxc(0xd8440001);

    /** The bytes of {@code .xen_prstatus} of a dump-core. */
    public static final RecordType CORE_CONTEXTS = libxc(0xd8440002);

    /** The bytes of {@code .xen_shared_info} of a dump-core. */
    public static final RecordType CORE_SHARED_INFO = libxc(0xd8440003);

    /** Machine frames of the pages before it, u64 each; written by releases before {@link #CORE_FRAMES}. */
    public static final RecordType CORE_GMFNS = libxc(0xd8440004);

    /**
     * Entries of a dump-core's map without a page: their number, u64, and the contents at their
     * places.
     */
    public static final RecordType CORE_INVALID = libxc(0xd8440005);

    /** Entries of {@code .xen_p2m} of a dump-core: PFN and machine frame, u64 each. */
    public static final RecordType CORE_FRAMES = libxc(0xd8440006);

    /** {@code e_machine} of a dump-core, u64, where the guest's word does not tell it. */
    public static final RecordType CORE_MACHINE = libxc(0xd8440007);

    /** Bytes of {@code .xen_pages} of a dump-core for which its map has no entries. */
    public static final RecordType CORE_UNPLACED = libxc(0xd8440008);

    /** Bytes of the map of a dump-core for which {@code .xen_pages} has no pages. */
    public static final RecordType CORE_UNBACKED = libxc(0xd8440009);

    /**
     * Where everything stands in the file of a dump-core, where it is not where Xen has it; or why
     * that cannot be kept.
     */
    public static final RecordType CORE_LAYOUT = libxc(0xd844000a);

    private static final Map<RecordType, String> CORE_NAMES =
            Map.of(
                    CORE_NOTES, "CORE_NOTES",
                    CORE_CONTEXTS, "CORE_CONTEXTS",
                    CORE_SHARED_INFO, "CORE_SHARED_INFO",
                    CORE_GMFNS, "CORE_GMFNS",
                    CORE_INVALID, "CORE_INVALID",
                    CORE_FRAMES, "CORE_FRAMES",
                    CORE_MACHINE, "CORE_MACHINE",
                    CORE_UNPLACED, "CORE_UNPLACED",
                    CORE_UNBACKED, "CORE_UNBACKED",
                    CORE_LAYOUT, "CORE_LAYOUT");

    private static final Map<RecordType, String> NAMES =
            Map.ofEntries(
                    Map.entry(END, "END"),
                    Map.entry(PAGE_DATA, "PAGE_DATA"),
                    Map.entry(X86_PV_INFO, "X86_PV_INFO"),
                    Map.entry(X86_PV_P2M_FRAMES, "X86_PV_P2M_FRAMES"),
                    Map.entry(X86_PV_VCPU_BASIC, "X86_PV_VCPU_BASIC"),
                    Map.entry(X86_PV_VCPU_EXTENDED, "X86_PV_VCPU_EXTENDED"),
                    Map.entry(X86_PV_VCPU_XSAVE, "X86_PV_VCPU_XSAVE"),
                    Map.entry(SHARED_INFO, "SHARED_INFO"),
                    Map.entry(X86_TSC_INFO, "X86_TSC_INFO"),
                    Map.entry(HVM_CONTEXT, "HVM_CONTEXT"),
                    Map.entry(HVM_PARAMS, "HVM_PARAMS"),
                    Map.entry(TOOLSTACK, "TOOLSTACK"),
                    Map.entry(X86_PV_VCPU_MSRS, "X86_PV_VCPU_MSRS"),
                    Map.entry(VERIFY, "VERIFY"),
                    Map.entry(CHECKPOINT, "CHECKPOINT"),
                    Map.entry(CHECKPOINT_DIRTY_PFN_LIST, "CHECKPOINT_DIRTY_PFN_LIST"),
                    Map.entry(STATIC_DATA_END, "STATIC_DATA_END"),
                    Map.entry(X86_CPUID_POLICY, "X86_CPUID_POLICY"),
                    Map.entry(X86_MSR_POLICY, "X86_MSR_POLICY"),
                    Map.entry(LIBXL_END, "END"),
                    Map.entry(LIBXC_CONTEXT, "LIBXC_CONTEXT"),
                    Map.entry(EMULATOR_XENSTORE_DATA, "EMULATOR_XENSTORE_DATA"),
                    Map.entry(EMULATOR_CONTEXT, "EMULATOR_CONTEXT"),
                    Map.entry(CHECKPOINT_END, "CHECKPOINT_END"),
                    Map.entry(CHECKPOINT_STATE, "CHECKPOINT_STATE"),
                    Map.entry(XENOPS, "Xenops"),
                    Map.entry(XENOPSD_LIBXC, "Libxc"),
                    Map.entry(XENOPSD_LIBXL, "Libxl"),
                    Map.entry(XENOPSD_LIBXC_LEGACY, "Libxc_legacy"),
                    Map.entry(QEMU_TRAD, "Qemu_trad"),
                    Map.entry(QEMU_XEN, "Qemu_xen"),
                    Map.entry(DEMU, "Demu"),
                    Map.entry(VARSTORED, "Varstored"),
                    Map.entry(SWTPM0, "Swtpm0"),
                    Map.entry(SWTPM, "Swtpm"),
                    Map.entry(XENOPSD_END, "End"));

    /**
     * A libxc record type.
     *
     * @param code as on the wire
     * @return the type
     */
    public static RecordType libxc(int code) {
        return new RecordType(Layer.LIBXC, code);
    }

    /**
     * A libxl record type.
     *
     * @param code as on the wire
     * @return the type
     */
    public static RecordType libxl(int code) {
        return new RecordType(Layer.LIBXL, code);
    }

    /**
     * A type of xenopsd's frames.
     *
     * @param code as on the wire
     * @return the type
     */
    public static RecordType xenopsd(int code) {
        return new RecordType(Layer.XENOPSD, code);
    }

    // Written out, because what a record has for these is linked at run time, a tenth of the start
    // of a short command.

    @Override
    public boolean equals(Object other) {
        return other instanceof RecordType type && layer == type.layer && code == type.code;
    }

    @Override
    public int hashCode() {
        return 31 * layer.hashCode() + code;
    }

    /** {@return whether a reader that does not know this type may ignore it; xenopsd has no such types} */
    public boolean optional() {
        return code < 0 && layer != Layer.XENOPSD;
    }

    /** {@return whether the specification names this type} */
    public boolean known() {
        return NAMES.containsKey(this);
    }

    /**
     * Whether the record is one of those in which the stream of a dump-core carries what no record
     * of Xen holds. They are optional, and no toolstack knows them: an image that has them cannot
     * be restored by Xen.
     *
     * @return whether it is
     */
    public boolean ofCore() {
        return CORE_NAMES.containsKey(this);
    }

    /** {@return the name in the specification or in that of the native format, or the code in hex} */
    public String specName() {
        String name = NAMES.get(this);
        if (name == null) name = CORE_NAMES.get(this);
        return name != null ? name : "0x%08x".formatted(code);
    }

    /**
     * Finds a type by the name in the specification.
     *
     * @param layer of the record; END is in two of them
     * @param name such as {@code HVM_PARAMS}
     * @return the type, if there is one of this name
     */
    public static java.util.Optional<RecordType> named(Layer layer, String name) {
        return Stream.concat(NAMES.entrySet().stream(), CORE_NAMES.entrySet().stream())
                .filter(named -> named.getKey().layer() == layer && named.getValue().equals(name))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /**
     * The names in the specification.
     *
     * @param layer of the records
     * @return the names, sorted
     */
    public static java.util.List<String> names(Layer layer) {
        return NAMES.entrySet().stream()
                .filter(named -> named.getKey().layer() == layer)
                .map(Map.Entry::getValue)
                .sorted()
                .toList();
    }

    @Override
    public String toString() {
        return switch (layer) {
            case LIBXL, XENOPSD -> layer.specName() + " " + specName();
            case XL, LIBVIRT, LIBXC -> specName();
        };
    }
}
