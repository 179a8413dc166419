package org.xenimage.image.record;

import java.util.ArrayList;
import java.util.List;

/**
 * The parts of a vCPU's extended state that a CPUID feature brings, by the bits of XCR0 ({@code
 * xen/arch/x86/xstate.c}, {@code recalculate_xstate}). Xen refuses a vCPU that has used a part whose feature its
 * policy hides ({@code validate_xstate}).
 */
public enum StateComponent {
    /** The upper halves of the YMM registers. */
    AVX("avx", 1 << 2),
    /** The bound registers. */
    MPX("mpx", 3 << 3),
    /** The mask registers and the ZMM registers. */
    AVX512("avx512f", 7 << 5),
    /** The protection key rights. */
    PKU("pku", 1 << 9),
    /** The tiles and their configuration. */
    AMX("amx_tile", 3 << 17);

    private static final long X87_AND_SSE = 0x3;

    private final String feature;
    private final long bits;

    StateComponent(String feature, long bits) {
        this.feature = feature;
        this.bits = bits;
    }

    /** {@return the CPUID feature that brings it} */
    public String feature() {
        return feature;
    }

    /**
     * The bits of XCR0 that a policy allows.
     *
     * @param policy of the guest, with the leaf of its features
     * @return the bits of the components, and those of x87 and SSE
     */
    public static long allowed(CpuidPolicy policy) {
        if (!policy.hasFeature("xsave")) return 0;
        long bits = X87_AND_SSE;
        for (StateComponent component : values())
            if (policy.hasFeature(component.feature)) bits |= component.bits;
        return bits;
    }

    /**
     * The components that a vCPU has used and a policy does not allow.
     *
     * @param used xcr0_accum of the vCPU
     * @param allowed as {@link #allowed} says
     * @return the components, in the order of their bits
     */
    public static List<StateComponent> beyond(long used, long allowed) {
        List<StateComponent> beyond = new ArrayList<>();
        for (StateComponent component : values())
            if ((used & ~allowed & component.bits) != 0) beyond.add(component);
        return List.copyOf(beyond);
    }
}
