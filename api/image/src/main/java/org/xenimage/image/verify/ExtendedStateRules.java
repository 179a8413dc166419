package org.xenimage.image.verify;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntry;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.StateComponent;
import org.xenimage.image.record.XenRecord;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * The extended state of the vCPUs against the guest's CPUID policy: Xen refuses a vCPU that used a state component
 * whose feature the policy hides ({@code xen/arch/x86/xstate.c}, {@code validate_xstate}; the components of a policy:
 * {@code recalculate_xstate}).
 *
 * <p>A policy that masks AVX in the image of a guest that has used AVX makes an image that no Xen restores; it is
 * refused before it is delivered. What nobody edited came so from a Xen, and only a verifier says it.
 */
final class ExtendedStateRules {
    private static final long FEATURE_LEAF = 1;

    private final FindingLog findings;
    private OptionalLong allowed = OptionalLong.empty();
    private boolean policyEdited;

    ExtendedStateRules(FindingLog findings) {
        this.findings = findings;
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
        allowed = OptionalLong.of(StateComponent.allowed(policy));
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
        List<StateComponent> beyond = StateComponent.beyond(used, allowed.getAsLong());
        if (beyond.isEmpty()) return;
        String features =
                beyond.stream().map(StateComponent::feature).collect(Collectors.joining(", "));
        Fault fault =
                findings.at(frame)
                        .field("xcr0_accum of " + vcpu)
                        .expected(
                                "state of the features that X86_CPUID_POLICY has, 0x%x"
                                        .formatted(allowed.getAsLong()))
                        .found("0x%x: the guest has used %s".formatted(used, features))
                        .remedy(
                                "no Xen restores it: keep the feature, or mask it before the guest boots");
        boolean asItCame = !policyEdited && frame.offset() != Fault.NO_OFFSET;
        if (asItCame && findings.reading() == Reading.RESTORE)
            findings.warning(Rule.EXTENDED_STATE, fault);
        else findings.error(Rule.EXTENDED_STATE, fault);
    }
}
