package org.xenimage.image.verify;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntry;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.XenRecord;

import java.io.IOException;
import java.util.OptionalLong;

/**
 * The extended state of the vCPUs against the guest's CPUID policy: Xen refuses a vCPU that used a state component
 * whose feature the policy hides ({@code xen/arch/x86/xstate.c}, {@code validate_xstate}; the components of a policy:
 * {@code recalculate_xstate}).
 *
 * <p>A policy that masks AVX in the image of a guest that has used AVX makes an image that no Xen restores; it is
 * refused before it is delivered. What nobody edited came so from a Xen, and only a verifier says it.
 */
final class ExtendedStateRules {
    private static final long X87_AND_SSE = 0x3;
    private static final long FEATURE_LEAF = 1;

    /** The components that a feature brings, by XCR0. */
    private enum Component {
        AVX("avx", 1 << 2),
        MPX("mpx", 3 << 3),
        AVX512("avx512f", 7 << 5),
        PKU("pku", 1 << 9),
        AMX("amx_tile", 3 << 17);

        private final String feature;
        private final long bits;

        Component(String feature, long bits) {
            this.feature = feature;
            this.bits = bits;
        }
    }

    private static final long JUDGED = judged();

    private final FindingLog findings;
    private OptionalLong allowed = OptionalLong.empty();
    private boolean policyEdited;

    ExtendedStateRules(FindingLog findings) {
        this.findings = findings;
    }

    private static long judged() {
        long bits = 0;
        for (Component component : Component.values()) bits |= component.bits;
        return bits;
    }

    void policy(RecordFrame frame) throws IOException {
        XenRecord record;
        try {
            record = frame.decode();
        } catch (ImageException e) {
            return; // it breaks other rules
        }
        if (!(record instanceof CpuidPolicy policy)) return;
        // Without the leaf of the features a policy says nothing of them.
        if (policy.leaf(FEATURE_LEAF, CpuidPolicy.NO_SUBLEAF).isEmpty()) return;
        policyEdited = frame.offset() == Fault.NO_OFFSET;
        long bits = policy.hasFeature("xsave") ? X87_AND_SSE : 0;
        if (bits != 0)
            for (Component component : Component.values())
                if (policy.hasFeature(component.feature)) bits |= component.bits;
        allowed = OptionalLong.of(bits);
    }

    /** Whether there is a policy to hold the state of the vCPUs against. */
    boolean hasPolicy() {
        return allowed.isPresent();
    }

    /** X86_PV_VCPU_XSAVE. */
    void vcpu(RecordFrame frame, long vcpu, long used) {
        check(frame, "vCPU " + vcpu, used);
    }

    /** HVM_CONTEXT, with an entry for each vCPU. */
    void hvm(RecordFrame frame, HvmContext context) {
        for (HvmEntry entry : context.entries()) {
            if (entry.type().filter(HvmEntryType.CPU_XSAVE::equals).isPresent()
                    && entry.body() instanceof FieldValue.Group fields)
                check(frame, "vCPU " + entry.instance(), fields.unsigned("xcr0_accum"));
        }
    }

    private void check(RecordFrame frame, String vcpu, long used) {
        if (allowed.isEmpty()) return;
        long beyond = used & ~allowed.getAsLong() & JUDGED;
        if (beyond == 0) return;
        Fault fault =
                findings.at(frame)
                        .field("xcr0_accum of " + vcpu)
                        .expected(
                                "state of the features that X86_CPUID_POLICY has, 0x%x"
                                        .formatted(allowed.getAsLong()))
                        .found("0x%x: the guest has used %s".formatted(used, features(beyond)))
                        .remedy(
                                "no Xen restores it: keep the feature, or mask it before the guest boots");
        boolean asItCame = !policyEdited && frame.offset() != Fault.NO_OFFSET;
        if (asItCame && findings.reading() == Reading.RESTORE)
            findings.warning(Rule.EXTENDED_STATE, fault);
        else findings.error(Rule.EXTENDED_STATE, fault);
    }

    private static String features(long bits) {
        var names = new StringBuilder();
        for (Component component : Component.values())
            if ((component.bits & bits) != 0)
                names.append(names.isEmpty() ? "" : ", ").append(component.feature);
        return names.toString();
    }
}
