package org.xenimage.migrate;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What each release of Xen takes, from its own sources: {@code xg_sr_stream_format.h}, {@code
 * libxl_sr_stream_format.h}, {@code libxl_types.idl}, {@code arch-x86/hvm/save.h}, and the MSRs that {@code
 * arch/x86/domctl.c} and {@code arch/x86/hvm/hvm.c} send.
 */
final class KnownXen {
    private static final XenVersion FIRST = new XenVersion(4, 6);
    private static final XenVersion LAST = new XenVersion(4, 22);

    /** Brought libxc stream version 3, and rtc_offset in the RTC entry of an HVM context. */
    private static final XenVersion STATIC_DATA = new XenVersion(4, 14);

    private static final XenVersion COLO = new XenVersion(4, 7);
    private static final XenVersion PVH = new XenVersion(4, 10);

    /** Its list of MSRs, and those of the releases after it, were looked up. */
    private static final XenVersion MSRS_KNOWN = new XenVersion(4, 13);

    private static final XenVersion VIRT_SPEC_CTRL = new XenVersion(4, 17);
    private static final XenVersion PKRS = new XenVersion(4, 18);

    /** The first without qemu-traditional. */
    private static final XenVersion ONE_EMULATOR = new XenVersion(4, 21);

    /** Without rtc_offset. */
    private static final long RTC_LENGTH = 16;

    private static final long RECORD_BYTES = 128L << 20;

    private KnownXen() {}

    static HostCapabilities required(XenVersion version, Fault place) throws UnsupportedVersion {
        Optional<HostCapabilities> known = of(version);
        if (known.isPresent()) return known.get();
        throw new UnsupportedVersion(
                place.expected("Xen %s to %s".formatted(FIRST, LAST))
                        .found(version.toString())
                        .remedy("describe the host in a file of capabilities"));
    }

    static Optional<HostCapabilities> of(XenVersion version) {
        if (version.compareTo(FIRST) < 0 || version.compareTo(LAST) > 0) return Optional.empty();
        boolean third = version.compareTo(STATIC_DATA) >= 0;
        SequencedMap<String, Long> entries = new LinkedHashMap<>();
        if (!third) entries.put("RTC", RTC_LENGTH);
        Set<GuestKind> guests = EnumSet.allOf(GuestKind.class);
        if (version.compareTo(PVH) < 0) guests.remove(GuestKind.PVH);
        return Optional.of(
                new HostCapabilities(
                        "Xen " + version,
                        Optional.of(version),
                        sorted(List.of("libxc", "libxl", "xl")),
                        sorted(third ? List.of(2, 3) : List.of(2)),
                        Optional.of(Collections.unmodifiableSet(guests)),
                        Optional.of(records(version, third)),
                        Optional.of(emulators(version)),
                        Collections.unmodifiableSequencedMap(entries),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        vcpuMsrs(version),
                        sorted(List.of(4096)),
                        NO_WIRE,
                        new HostCapabilities.Sizes(
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                OptionalLong.of(RECORD_BYTES)),
                        List.of()));
    }

    /** A toolstack of Xen knows nothing of the wire of this program. */
    static final HostCapabilities.Transfer NO_WIRE =
            new HostCapabilities.Transfer(
                    new TreeSet<>(), new TreeSet<>(), new TreeSet<>(), 1, false);

    static HostCapabilities program(List<String> formats) {
        return new HostCapabilities(
                "xenimage",
                Optional.empty(),
                sorted(formats),
                sorted(List.of(2, 3)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new LinkedHashMap<>(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                sorted(List.of(4096)),
                new HostCapabilities.Transfer(
                        sorted(List.of("none", "zstd")),
                        sorted(List.of(HostCapabilities.ENCRYPTION)),
                        sorted(List.of("sha-256")),
                        1,
                        false),
                new HostCapabilities.Sizes(
                        OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(RECORD_BYTES)),
                List.of());
    }

    private static Set<RecordType> records(XenVersion version, boolean third) {
        Set<RecordType> known = new LinkedHashSet<>();
        for (Layer layer : List.of(Layer.LIBXL, Layer.LIBXC))
            for (String name : RecordType.names(layer))
                known.add(RecordType.named(layer, name).orElseThrow());
        if (version.compareTo(COLO) < 0) {
            known.remove(RecordType.CHECKPOINT_STATE);
            known.remove(RecordType.CHECKPOINT_DIRTY_PFN_LIST);
        }
        if (!third)
            known.removeAll(
                    Set.of(
                            RecordType.STATIC_DATA_END,
                            RecordType.X86_CPUID_POLICY,
                            RecordType.X86_MSR_POLICY));
        return Collections.unmodifiableSet(known);
    }

    private static SortedSet<String> emulators(XenVersion version) {
        return sorted(
                version.compareTo(ONE_EMULATOR) < 0
                        ? List.of("qemu_xen", "qemu_xen_traditional")
                        : List.of("qemu_xen"));
    }

    private static Optional<SortedSet<Long>> vcpuMsrs(XenVersion version) {
        if (version.compareTo(MSRS_KNOWN) < 0) return Optional.empty();
        List<Long> known =
                new ArrayList<>(
                        List.of(
                                0x48L, // SPEC_CTRL
                                0x140L, // MISC_FEATURES_ENABLES
                                0xd90L, // BNDCFGS
                                0xda0L, // XSS
                                0xc0000103L, // TSC_AUX
                                0xc0011019L, // DR1_ADDRESS_MASK, DR2, DR3
                                0xc001101aL,
                                0xc001101bL,
                                0xc0011027L)); // DR0_ADDRESS_MASK
        if (version.compareTo(VIRT_SPEC_CTRL) >= 0) known.add(0xc001011fL);
        if (version.compareTo(PKRS) >= 0) known.add(0x6e1L);
        return Optional.of(sorted(known));
    }

    static <T> SortedSet<T> sorted(List<T> items) {
        return Collections.unmodifiableSortedSet(new TreeSet<>(items));
    }
}
