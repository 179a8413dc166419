package org.xenimage.script.view;

import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.MsrPolicy;
import org.xenimage.image.record.XenRecord;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an edit of a register means: the features of CPUID or of MSR_ARCH_CAPS that it set and cleared, by the names of
 * {@code arch-x86/cpufeatureset.h}.
 *
 * @param set that were clear
 * @param cleared that were set
 */
public record FeatureChange(List<String> set, List<String> cleared) {
    private static final Pattern LEAF = Pattern.compile("leaves\\[(\\d{1,9})]\\.(e[abcd]x)");
    private static final Pattern MSR = Pattern.compile("msrs\\[(\\d{1,9})]\\.value");

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
     * @return what changed; nothing if the field has no named features, or none of them changed
     */
    static Optional<FeatureChange> of(XenRecord before, XenRecord after, String path) {
        if (before instanceof CpuidPolicy old && after instanceof CpuidPolicy now)
            return ofLeaf(old, now, LEAF.matcher(path));
        if (before instanceof MsrPolicy old && after instanceof MsrPolicy now)
            return ofMsr(old, now, MSR.matcher(path));
        return Optional.empty();
    }

    private static Optional<FeatureChange> ofLeaf(CpuidPolicy old, CpuidPolicy now, Matcher path) {
        if (!path.matches()) return Optional.empty();
        int index = Integer.parseInt(path.group(1));
        if (index >= old.leaves().size() || index >= now.leaves().size()) return Optional.empty();
        CpuidPolicy.Leaf from = old.leaves().get(index);
        CpuidPolicy.Leaf to = now.leaves().get(index);
        // The other registers as they were: their edits have changes of their own.
        CpuidPolicy.Leaf one =
                switch (path.group(2)) {
                    case "eax" -> leaf(from, to.eax(), from.ebx(), from.ecx(), from.edx());
                    case "ebx" -> leaf(from, from.eax(), to.ebx(), from.ecx(), from.edx());
                    case "ecx" -> leaf(from, from.eax(), from.ebx(), to.ecx(), from.edx());
                    default -> leaf(from, from.eax(), from.ebx(), from.ecx(), to.edx());
                };
        return between(
                new CpuidPolicy(List.of(from)).features(),
                new CpuidPolicy(List.of(one)).features());
    }

    private static CpuidPolicy.Leaf leaf(
            CpuidPolicy.Leaf of, long eax, long ebx, long ecx, long edx) {
        return new CpuidPolicy.Leaf(of.leaf(), of.subleaf(), eax, ebx, ecx, edx);
    }

    private static Optional<FeatureChange> ofMsr(MsrPolicy old, MsrPolicy now, Matcher path) {
        if (!path.matches()) return Optional.empty();
        int index = Integer.parseInt(path.group(1));
        if (index >= old.msrs().size() || index >= now.msrs().size()) return Optional.empty();
        return between(
                new MsrPolicy(List.of(old.msrs().get(index))).archCapabilities(),
                new MsrPolicy(List.of(now.msrs().get(index))).archCapabilities());
    }

    private static Optional<FeatureChange> between(List<String> before, List<String> after) {
        List<String> set = after.stream().filter(name -> !before.contains(name)).toList();
        List<String> cleared = before.stream().filter(name -> !after.contains(name)).toList();
        return set.isEmpty() && cleared.isEmpty()
                ? Optional.empty()
                : Optional.of(new FeatureChange(set, cleared));
    }
}
