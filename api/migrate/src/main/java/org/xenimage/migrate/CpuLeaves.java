package org.xenimage.migrate;

import org.xenimage.image.record.CpuidPolicy;

/** The groups of CPUID leaves whose highest member another leaf states. */
enum CpuLeaves {
    /** Leaves from 0, except those of leaf 7; leaf 0 states the highest. */
    BASIC,
    /** The subleaves of leaf 7; the first states the highest. */
    FEATURE,
    /** Leaves from 0x80000000, which states the highest. */
    EXTENDED,
    /** Leaves of hypervisors and others. */
    OTHER;

    static final long FEATURE_LEAF = 7;
    static final long EXTENDED_FIRST = 0x80000000L;
    private static final long BASIC_END = 0x40000000L;
    private static final long EXTENDED_END = 0xc0000000L;

    static CpuLeaves of(CpuidPolicy.Leaf leaf) {
        if (leaf.leaf() == FEATURE_LEAF) return FEATURE;
        if (leaf.leaf() < BASIC_END) return BASIC;
        return leaf.leaf() >= EXTENDED_FIRST && leaf.leaf() < EXTENDED_END ? EXTENDED : OTHER;
    }

    /** The highest member that a policy states; 0 if it states none. */
    long highest(CpuidPolicy policy) {
        return switch (this) {
            case BASIC -> eax(policy, 0, CpuidPolicy.NO_SUBLEAF);
            case FEATURE -> eax(policy, FEATURE_LEAF, 0);
            case EXTENDED -> eax(policy, EXTENDED_FIRST, CpuidPolicy.NO_SUBLEAF);
            case OTHER -> 0;
        };
    }

    private static long eax(CpuidPolicy policy, long leaf, long subleaf) {
        return policy.leaf(leaf, subleaf).map(CpuidPolicy.Leaf::eax).orElse(0L);
    }
}
