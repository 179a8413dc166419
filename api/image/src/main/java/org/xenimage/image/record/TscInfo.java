package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * How the guest sees the time stamp counter (libxc-migration-stream, section X86_TSC_INFO; {@code domctl.h},
 * {@code xen_domctl_tsc_info}).
 *
 * <pre>
 *   0  u32 mode         {@code arch-x86/cpuid.h}, XEN_CPUID_TSC_MODE_*
 *   4  u32 khz          frequency of the guest's counter
 *   8  u64 nsec         nanoseconds the guest has run
 *  16  u32 incarnation  how often it was restored
 *  20  u32 reserved
 * </pre>
 *
 * @param mode 0 to 3 have names, see {@link #modeName}
 * @param khz frequency of the guest's counter
 * @param nsec nanoseconds the guest has run, unsigned
 * @param incarnation how often it was restored
 * @param reserved verbatim
 */
public record TscInfo(long mode, long khz, long nsec, long incarnation, long reserved)
        implements XenRecord {
    static final Layout LAYOUT =
            Layout.struct(
                    "X86_TSC_INFO",
                    Layout.u32("mode"),
                    Layout.u32("khz"),
                    Layout.u64("nsec"),
                    Layout.u32("incarnation"),
                    Layout.u32("reserved"));

    private static final List<String> MODES =
            List.of(
                    "TSC_MODE_DEFAULT",
                    "TSC_MODE_ALWAYS_EMULATE",
                    "TSC_MODE_NEVER_EMULATE",
                    "TSC_MODE_PVRDTSCP");

    static TscInfo of(FieldValue.Group fields) {
        return new TscInfo(
                fields.unsigned("mode"),
                fields.unsigned("khz"),
                fields.unsigned("nsec"),
                fields.unsigned("incarnation"),
                fields.unsigned("reserved"));
    }

    /** {@return the name of the mode, if it has one} */
    public Optional<String> modeName() {
        return mode >= 0 && mode < MODES.size()
                ? Optional.of(MODES.get((int) mode))
                : Optional.empty();
    }

    @Override
    public SequencedMap<String, String> names() {
        SequencedMap<String, String> names = new LinkedHashMap<>();
        modeName().ifPresent(name -> names.put("mode", name));
        return Collections.unmodifiableSequencedMap(names);
    }

    @Override
    public RecordType type() {
        return RecordType.X86_TSC_INFO;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder()
                .u32("mode", mode)
                .u32("khz", khz)
                .u64("nsec", nsec)
                .u32("incarnation", incarnation)
                .u32("reserved", reserved)
                .build();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
