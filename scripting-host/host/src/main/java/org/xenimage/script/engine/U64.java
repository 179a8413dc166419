package org.xenimage.script.engine;

import java.math.BigInteger;

/**
 * A 64-bit integer on its way into a script: BigInt in JavaScript whatever its magnitude, int in Python.
 *
 * @param bits to be taken as unsigned
 */
public record U64(long bits) {
    /** {@return the value, never negative} */
    public BigInteger value() {
        BigInteger low = BigInteger.valueOf(bits & Long.MAX_VALUE);
        return bits < 0 ? low.setBit(63) : low;
    }
}
