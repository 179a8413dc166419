package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * The MSRs that the guest's policy gives values (libxc-migration-stream, section X86_MSR_POLICY;
 * {@code arch-x86/xen.h}, {@code xen_msr_entry_t}).
 *
 * <pre>
 *   0  entries up to the end: u32 index, u32 flags (reserved), u64 value
 * </pre>
 *
 * @param msrs in the order of the wire
 */
public record MsrPolicy(List<Entry> msrs) implements XenRecord {
    static final Layout LAYOUT =
            Layout.struct(
                    "X86_MSR_POLICY",
                    Layout.repeatedToEnd(
                            "msrs",
                            Layout.struct(
                                    "xen_msr_entry",
                                    Layout.u32("index"),
                                    Layout.u32("flags"),
                                    Layout.u64("value"))));

    /** MSR_INTEL_PLATFORM_INFO, which tells whether CPUID faulting works. */
    public static final long INTEL_PLATFORM_INFO = 0xce;

    /** MSR_ARCH_CAPS, which tells what hardware is not vulnerable to. */
    public static final long ARCH_CAPS = 0x10a;

    /** Copies the list. */
    public MsrPolicy {
        msrs = List.copyOf(msrs);
    }

    /**
     * One MSR.
     *
     * @param index of the MSR
     * @param flags reserved
     * @param value unsigned
     */
    public record Entry(long index, long flags, long value) {
        /** {@return the name of the MSR, if it is one of the two that a policy has} */
        public Optional<String> name() {
            if (index == INTEL_PLATFORM_INFO) return Optional.of("MSR_INTEL_PLATFORM_INFO");
            if (index == ARCH_CAPS) return Optional.of("MSR_ARCH_CAPS");
            return Optional.empty();
        }
    }

    static MsrPolicy of(FieldValue.Group fields) {
        return new MsrPolicy(
                fields.sequence("msrs").stream()
                        .map(FieldValue.Group.class::cast)
                        .map(msr ->
                                new Entry(
                                        msr.unsigned("index"),
                                        msr.unsigned("flags"),
                                        msr.unsigned("value")))
                        .toList());
    }

    /**
     * Looks an MSR up.
     *
     * @param index of the MSR
     * @return its value, if the policy has it
     */
    public OptionalLong value(long index) {
        return msrs.stream()
                .filter(msr -> msr.index() == index)
                .mapToLong(Entry::value)
                .findFirst();
    }

    /** {@return the features that MSR_ARCH_CAPS has set, by the lowercase names of {@code cpufeatureset.h}} */
    public List<String> archCapabilities() {
        OptionalLong value = value(ARCH_CAPS);
        return value.isEmpty() ? List.of() : CpuidNames.archCapabilities(value.getAsLong());
    }

    @Override
    public SequencedMap<String, List<String>> featuresByField() {
        SequencedMap<String, List<String>> features = new LinkedHashMap<>();
        for (int at = 0; at < msrs.size(); at++) {
            Entry msr = msrs.get(at);
            if (msr.index() == ARCH_CAPS)
                features.put(
                        "msrs[%d].value".formatted(at), CpuidNames.archCapabilities(msr.value()));
        }
        return Collections.unmodifiableSequencedMap(features);
    }

    @Override
    public SequencedMap<String, String> names() {
        SequencedMap<String, String> names = new LinkedHashMap<>();
        for (int at = 0; at < msrs.size(); at++) {
            String path = "msrs[%d].index".formatted(at);
            msrs.get(at).name().ifPresent(name -> names.put(path, name));
        }
        return Collections.unmodifiableSequencedMap(names);
    }

    @Override
    public RecordType type() {
        return RecordType.X86_MSR_POLICY;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder()
                .groups(
                        "msrs",
                        msrs.stream()
                                .map(msr ->
                                        new GroupBuilder()
                                                .u32("index", msr.index())
                                                .u32("flags", msr.flags())
                                                .u64("value", msr.value())
                                                .build())
                                .toList())
                .build();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
