package org.xenimage.migrate;

import org.xenimage.image.record.CpuidPolicy;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The most that a host gives the guests of one kind: Xen's own "PV Max" or "HVM Max" policy.
 *
 * @param cpuid the answers of CPUID; a register has at most these bits. An absent leaf is zero
 * @param msrs by index, the bits that the value of an MSR in X86_MSR_POLICY may have; an MSR that is absent cannot be
 *     set. Not stated if empty
 */
public record CpuLimits(CpuidPolicy cpuid, Optional<SortedMap<Long, Long>> msrs) {
    /** Copies the map. */
    public CpuLimits {
        msrs = msrs.map(bits -> Collections.unmodifiableSortedMap(new TreeMap<>(bits)));
    }
}
