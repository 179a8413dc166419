package org.xenimage.migrate;

import java.util.Locale;

/**
 * One thing that keeps a host from restoring an image as it is.
 *
 * @param kind of thing
 * @param subject the thing, by its name: {@code record X86_CPUID_POLICY}, {@code CPUID leaf 0x7 subleaf 0x0 ebx: avx2}
 * @param image what the image has
 * @param host what the host takes
 * @param remedy what would help
 */
public record Blocker(Kind kind, String subject, String image, String host, String remedy) {
    /** What may block. */
    public enum Kind {
        /** The format of the image. */
        FORMAT,
        /** The version of the libxc stream. */
        STREAM,
        /** The type of the guest, or its width. */
        GUEST,
        /** The size of a page. */
        PAGE_SIZE,
        /** A record. */
        RECORD,
        /** A leaf of CPUID. */
        CPUID,
        /** A feature of CPUID or of MSR_ARCH_CAPS, by name. */
        FEATURE,
        /** The state of a vCPU. */
        STATE,
        /** A model-specific register. */
        MSR,
        /** The state of a device, or of a device model. */
        DEVICE,
        /** A size. */
        LIMIT;

        /** {@return the name in JSON} */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** {@return the thing, what the image has, and what the host takes} */
    @Override
    public String toString() {
        return subject + ": the image has " + image + "; the host takes " + host;
    }
}
