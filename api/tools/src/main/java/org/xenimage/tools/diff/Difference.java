package org.xenimage.tools.diff;

import java.util.Optional;

/**
 * A value that two images do not share.
 *
 * @param part of the image
 * @param path of the value within the part, such as {@code vcpu[0].user_regs.rip}
 * @param before what the first image has, as text; empty if it has nothing there
 * @param after what the second image has, as text; empty if it has nothing there
 */
public record Difference(Part part, String path, Optional<String> before, Optional<String> after) {
    /** The parts of an image. */
    public enum Part {
        /** Headers of the layers. */
        HEADER,
        /** The toolstack's config. */
        CONFIG,
        /** Site metadata, and what a format keeps apart from the elements. */
        METADATA,
        /** CPUID leaves and features. */
        CPUID,
        /** The MSR policy, and MSRs of vCPUs. */
        MSR,
        /** Registers and other state of vCPUs. */
        VCPU,
        /** Parameters of an HVM guest. */
        HVM_PARAM,
        /** The TSC. */
        TSC,
        /** Other records. */
        RECORD
    }
}
