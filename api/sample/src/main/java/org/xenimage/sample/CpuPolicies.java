package org.xenimage.sample;

import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.MsrPolicy;

import java.util.ArrayList;
import java.util.List;

/**
 * What a sample guest sees of its CPU: an AMD CPU with AVX and little else, so that many a host can
 * restore it. Leaves that say nothing are there too, as Xen writes them.
 */
final class CpuPolicies {
    private static final long NONE = CpuidPolicy.NO_SUBLEAF;

    /** Family 15, model 107, stepping 1. */
    static final int SIGNATURE = 0x00060fb1;

    private static final long LAST_BASIC = 0xd;
    private static final long LAST_EXTENDED = 0x80000008L;

    private CpuPolicies() {}

    static CpuidPolicy cpuid(SampleGuest guest) {
        boolean pv = guest == SampleGuest.PV;
        List<CpuidPolicy.Leaf> leaves = new ArrayList<>();
        leaves.add(leaf(0, NONE, LAST_BASIC, 0x68747541, 0x444d4163, 0x69746e65));
        leaves.add(
                pv
                        ? leaf(1, NONE, SIGNATURE, 0x800, 0x96982203L, 0x0fc9c3f5)
                        : leaf(1, NONE, SIGNATURE, 0x20800, 0x96982203L, 0x0fcbfbfd));
        for (long basic = 2; basic < LAST_BASIC; basic++) {
            boolean subleaves = basic == 4 || basic == 7 || basic == 0xb;
            leaves.add(leaf(basic, subleaves ? 0 : NONE, 0, 0, 0, 0));
        }
        leaves.add(leaf(LAST_BASIC, 0, ExtendedState.MASK, 0, ExtendedState.LENGTH, 0));
        leaves.add(leaf(LAST_BASIC, 1, 1, 0, 0, 0));
        leaves.add(leaf(LAST_BASIC, 2, 0x100, 0x240, 0, 0));
        leaves.add(leaf(0x40000000, NONE, 0, 0, 0, 0));
        leaves.add(leaf(0x40000100, NONE, 0, 0, 0, 0));
        leaves.add(leaf(0x80000000L, NONE, LAST_EXTENDED, 0x68747541, 0x444d4163, 0x69746e65));
        leaves.add(leaf(0x80000001L, NONE, SIGNATURE, 0, 1, pv ? 0x21d1cbf5 : 0x25d3fbfd));
        leaves.add(leaf(0x80000002L, NONE, 0x696e6558, 0x6567616d, 0x6d617320, 0x20656c70));
        leaves.add(leaf(0x80000003L, NONE, 0x00555043, 0, 0, 0));
        leaves.add(leaf(0x80000004L, NONE, 0, 0, 0, 0));
        leaves.add(leaf(0x80000005L, NONE, 0x01ff01ff, 0x01ff01ff, 0x40020140, 0x40020140));
        leaves.add(leaf(0x80000006L, NONE, 0, 0x42004200, 0x02008140, 0x00808140));
        leaves.add(leaf(0x80000007L, NONE, 0, 0, 0, 0));
        leaves.add(leaf(LAST_EXTENDED, NONE, 0x3030, 0, 0, 0));
        return new CpuidPolicy(leaves);
    }

    static MsrPolicy msr() {
        return new MsrPolicy(
                List.of(
                        new MsrPolicy.Entry(MsrPolicy.INTEL_PLATFORM_INFO, 0, 0),
                        new MsrPolicy.Entry(MsrPolicy.ARCH_CAPS, 0, 0)));
    }

    private static CpuidPolicy.Leaf leaf(
            long leaf, long subleaf, long eax, long ebx, long ecx, long edx) {
        return new CpuidPolicy.Leaf(leaf, subleaf, eax, ebx, ecx, edx);
    }
}
