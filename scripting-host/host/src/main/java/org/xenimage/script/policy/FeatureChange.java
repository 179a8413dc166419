package org.xenimage.script.policy;

import org.xenimage.image.record.XenRecord;

import java.util.List;
import java.util.Optional;

/**
 * What an edit of a register means: the features of CPUID or of MSR_ARCH_CAPS that it set and
 * cleared, by the names of {@code arch-x86/cpufeatureset.h}.
 *
 * @param set that were clear
 * @param cleared that were set
 */
public record FeatureChange(List<String> set, List<String> cleared) {
    /** Copies the lists. */
    public FeatureChange {
        set = List.copyOf(set);
        cleared = List.copyOf(cleared);
    }

    /**
     * The features behind an edit of one field.
     *
     * @param before the record as it was
     * @param after the record as edited
     * @param path of the field
     * @return what changed; empty if the field has no named features, or none of them changed
     */
    public static Optional<FeatureChange> of(XenRecord before, XenRecord after, String path) {
        List<String> old = before.featuresByField().getOrDefault(path, List.of());
        List<String> now = after.featuresByField().getOrDefault(path, List.of());
        List<String> set = now.stream().filter(name -> !old.contains(name)).toList();
        List<String> cleared = old.stream().filter(name -> !now.contains(name)).toList();
        return set.isEmpty() && cleared.isEmpty()
                ? Optional.empty()
                : Optional.of(new FeatureChange(set, cleared));
    }
}
