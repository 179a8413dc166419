package org.xenimage.sample;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/** The floating-point and vector registers of a vCPU, in the layouts of FXSAVE and XSAVE. */
final class ExtendedState {
    /** x87, SSE and AVX. */
    static final long MASK = 7;

    /** Legacy region, header, upper halves of the AVX registers. */
    static final int LENGTH = 512 + 64 + 256;

    /** The length of the legacy region: x87 and SSE. */
    static final int LEGACY = 512;

    private static final int FIRST_XMM = 160;
    private static final int XMM_COUNT = 16;

    private ExtendedState() {}

    /** {@return the legacy region: x87 as it is after a reset, SSE registers with some values} */
    static byte[] legacy(SplittableRandom random) {
        byte[] bytes = new byte[LEGACY];
        MemorySegment region = MemorySegment.ofArray(bytes);
        region.set(GuestMemory.U32, 0, 0x37f);
        region.set(GuestMemory.U32, 24, 0x1f80);
        region.set(GuestMemory.U32, 28, 0xffff);
        for (int i = 0; i < XMM_COUNT; i += 3) {
            region.set(GuestMemory.U64, FIRST_XMM + 16L * i, random.nextLong());
        }
        return bytes;
    }
}
