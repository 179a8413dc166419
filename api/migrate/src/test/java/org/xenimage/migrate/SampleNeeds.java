package org.xenimage.migrate;

import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.MsrPolicy;
import org.xenimage.image.record.RecordType;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/** The needs of an image of a PV guest that Xen 4.17 saved on a small processor, for tests to change. */
final class SampleNeeds {
    /** An AMD processor with AVX2: leaves 0, 1, 7 and 0x80000000. */
    static final CpuidPolicy CPU =
            new CpuidPolicy(
                    List.of(
                            leaf("00000000:ffffffff -> 0000000d:68747541:444d4163:69746e65"),
                            leaf("00000001:ffffffff -> 00060fb1:00000800:f6d83203:0fc9c3f5"),
                            leaf("00000007:00000000 -> 00000000:01880329:00000200:00000000"),
                            leaf("80000000:ffffffff -> 80000021:68747541:444d4163:69746e65"),
                            leaf("80000001:ffffffff -> 00060fb1:00000000:00000061:e1d1cbf5")));

    GuestKind guest = GuestKind.PV64;
    String format = "xl";
    int stream = 3;
    long state = 3;
    CpuidPolicy cpuid = CPU;
    MsrPolicy msrs =
            new MsrPolicy(
                    List.of(
                            new MsrPolicy.Entry(MsrPolicy.INTEL_PLATFORM_INFO, 0, 0x80000000L),
                            new MsrPolicy.Entry(MsrPolicy.ARCH_CAPS, 0, 1)));
    final SortedSet<Long> vcpuMsrs = new TreeSet<>(List.of(0x48L));
    final SequencedMap<String, Long> hvmEntries = new LinkedHashMap<>();
    final SortedSet<String> emulators = new TreeSet<>();
    final SequencedMap<RecordType, ImageNeeds.Seen> records = new LinkedHashMap<>();

    SampleNeeds() {
        for (RecordType type :
                List.of(
                        RecordType.X86_CPUID_POLICY,
                        RecordType.X86_MSR_POLICY,
                        RecordType.STATIC_DATA_END,
                        RecordType.LIBXC_CONTEXT,
                        RecordType.END)) records.put(type, new ImageNeeds.Seen(64, 128));
    }

    static CpuidPolicy.Leaf leaf(String row) {
        return CpuidRow.parse(row).orElseThrow();
    }

    ImageNeeds made() {
        return new ImageNeeds(
                "web1.save",
                format,
                format.startsWith("native") ? "xl" : format,
                "",
                false,
                stream,
                guest,
                4096,
                Optional.of(new XenVersion(4, 17)),
                records,
                Optional.of(cpuid),
                Optional.of(msrs),
                state,
                vcpuMsrs,
                hvmEntries,
                emulators,
                1,
                65536);
    }
}
