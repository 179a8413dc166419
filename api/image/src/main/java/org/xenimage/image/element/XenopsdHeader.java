package org.xenimage.image.element;

import org.xenimage.image.fault.Fault;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * What a suspend image of xenopsd begins with ({@code ocaml/xenopsd/lib/suspend_image.ml},
 * {@code save_signature}): 15 bytes, {@code "XenSavedDomv2-\n"}. Frames follow; the body of the first
 * one of type Xenops is the {@link Config}.
 *
 * @param offset of the signature in its source
 */
public record XenopsdHeader(long offset) implements ImageElement {
    /** The length of the signature in bytes. */
    public static final int LENGTH = 15;

    private static final MemorySegment SIGNATURE =
            MemorySegment.ofArray("XenSavedDomv2-\n".getBytes(StandardCharsets.US_ASCII))
                    .asReadOnly();

    /**
     * Makes a signature.
     *
     * @return one that is in no source
     */
    public static XenopsdHeader plain() {
        return new XenopsdHeader(Fault.NO_OFFSET);
    }

    /**
     * Whether bytes begin a suspend image.
     *
     * @param first the first bytes of a source
     * @return whether the signature matches
     */
    public static boolean recognises(MemorySegment first) {
        return first.byteSize() >= LENGTH && first.asSlice(0, LENGTH).mismatch(SIGNATURE) < 0;
    }

    /** {@return the signature} */
    public MemorySegment encode() {
        return SIGNATURE;
    }

    @Override
    public XenopsdHeader detach() {
        return this;
    }

    @Override
    public String label() {
        return "xenopsd signature";
    }
}
