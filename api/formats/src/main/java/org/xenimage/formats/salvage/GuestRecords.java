package org.xenimage.formats.salvage;

import org.xenimage.image.record.RecordType;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which records the stream of a guest has, and in which part of it: what distinguishes a record
 * from bytes that look like one, and what must have followed a cut (libxc-migration-stream, section
 * Layout).
 */
final class GuestRecords {
    /** The records that may be longer than a MiB, apart from PAGE_DATA. */
    private static final Set<RecordType> LONG =
            Set.of(
                    RecordType.X86_PV_P2M_FRAMES,
                    RecordType.HVM_CONTEXT,
                    RecordType.TOOLSTACK,
                    RecordType.EMULATOR_CONTEXT);

    /** Records that come after all pages: one of them proves that no page is missing. */
    private static final Set<RecordType> AFTER_PAGES =
            Set.of(
                    RecordType.X86_TSC_INFO,
                    RecordType.SHARED_INFO,
                    RecordType.X86_PV_VCPU_BASIC,
                    RecordType.HVM_CONTEXT,
                    RecordType.HVM_PARAMS);

    /** Records of a PV guest only. */
    private static final Set<RecordType> PV_ONLY =
            Set.of(
                    RecordType.X86_PV_INFO,
                    RecordType.X86_PV_P2M_FRAMES,
                    RecordType.X86_PV_VCPU_BASIC,
                    RecordType.X86_PV_VCPU_EXTENDED,
                    RecordType.X86_PV_VCPU_XSAVE,
                    RecordType.X86_PV_VCPU_MSRS,
                    RecordType.SHARED_INFO);

    /** Records of any other guest only. */
    private static final Set<RecordType> HVM_ONLY =
            Set.of(RecordType.HVM_CONTEXT, RecordType.HVM_PARAMS);

    private static final Set<RecordType> REQUIRED_OF_PV =
            Set.of(RecordType.SHARED_INFO, RecordType.X86_PV_VCPU_BASIC);

    private GuestRecords() {}

    /** Whether a record may be longer than a MiB. */
    static boolean mayBeLong(RecordType type) {
        return LONG.contains(type);
    }

    /** Whether the stream of such a guest cannot contain a record. */
    static boolean foreign(RecordType type, boolean pv) {
        return (pv ? HVM_ONLY : PV_ONLY).contains(type);
    }

    /**
     * What a complete stream of such a guest has and this one does not.
     *
     * @param seen the types of the records that it has
     * @param pv whether it is the stream of a PV guest
     * @return for the user; empty if nothing is known to be missing
     */
    static Optional<String> missing(Set<RecordType> seen, boolean pv) {
        List<String> missing =
                (pv ? REQUIRED_OF_PV : HVM_ONLY)
                        .stream()
                                .filter(type -> !seen.contains(type))
                                .map(RecordType::toString)
                                .sorted()
                                .toList();
        if (missing.isEmpty()) return Optional.empty();
        String pages =
                Collections.disjoint(seen, AFTER_PAGES)
                        ? ", and the pages that followed, if there were any"
                        : "";
        return Optional.of(String.join(", ", missing) + pages);
    }
}
