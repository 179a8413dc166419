package org.xenimage.migrate;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntry;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.MsrPolicy;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.VcpuMsrs;
import org.xenimage.image.record.XenRecord;
import org.xenimage.image.rewrite.Downgrade;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;

/** Makes the changes of a plan. A record that no step concerns is passed on verbatim. */
final class PlanTransform {
    private PlanTransform() {}

    static ImageTransform of(Plan plan) {
        ImageTransform all = ImageTransform.IDENTITY;
        for (Plan.Fallback fallback : plan.fallbacks()) {
            ImageTransform next = of(fallback.step());
            if (!next.equals(ImageTransform.IDENTITY))
                all = all.equals(ImageTransform.IDENTITY) ? next : all.andThen(next);
        }
        return all;
    }

    private static ImageTransform of(Plan.Step step) {
        return switch (step) {
            case Plan.Repack _ -> ImageTransform.IDENTITY;
            case Plan.ToVersionTwo _ -> new Downgrade();
            case Plan.HideFeatures(var features) ->
                    edit(
                            Set.of(RecordType.X86_CPUID_POLICY),
                            (record, _) ->
                                    record instanceof CpuidPolicy policy
                                            ? Optional.of(hide(policy, features))
                                            : Optional.of(record));
            case Plan.LowerLeaves limits ->
                    edit(
                            Set.of(RecordType.X86_CPUID_POLICY),
                            (record, _) ->
                                    record instanceof CpuidPolicy policy
                                            ? Optional.of(lower(policy, limits))
                                            : Optional.of(record));
            case Plan.LimitMsrs(var bits) ->
                    edit(
                            Set.of(RecordType.X86_MSR_POLICY),
                            (record, _) ->
                                    record instanceof MsrPolicy policy
                                            ? limit(policy, bits)
                                            : Optional.of(record));
            case Plan.DropVcpuMsrs(var indices) ->
                    edit(
                            Set.of(RecordType.X86_PV_VCPU_MSRS, RecordType.HVM_CONTEXT),
                            (record, _) -> without(record, indices));
            case Plan.DropRecords(var types) -> dropping(Set.copyOf(types));
            case Plan.TrimEntries(var lengths) ->
                    edit(
                            Set.of(RecordType.HVM_CONTEXT),
                            (record, order) ->
                                    record instanceof HvmContext context
                                            ? Optional.of(trim(context, lengths, order))
                                            : Optional.of(record));
        };
    }

    @FunctionalInterface
    private interface Edit {
        /** The record instead; none if it goes. */
        Optional<XenRecord> of(XenRecord record, ByteOrder order);
    }

    private static ImageTransform edit(Set<RecordType> types, Edit edit) {
        return (element, down) -> {
            if (!(element instanceof RecordFrame frame) || !types.contains(frame.type())) {
                down.accept(element);
                return;
            }
            XenRecord before = frame.decode();
            Optional<XenRecord> after = edit.of(before, frame.context().order());
            if (after.isEmpty()) return;
            if (after.get().equals(before)) down.accept(element);
            else down.accept(RecordFrame.of(after.get(), frame.context()));
        };
    }

    private static ImageTransform dropping(Set<RecordType> types) {
        return new ImageTransform() {
            @Override
            public void accept(ImageElement element, ImageSink down) throws IOException {
                if (element instanceof RecordFrame frame && types.contains(frame.type())) return;
                down.accept(element);
            }
        };
    }

    private static CpuidPolicy hide(CpuidPolicy policy, SortedSet<String> features) {
        CpuidPolicy hidden = policy;
        for (String feature : features)
            if (hidden.hasFeature(feature)) hidden = hidden.withFeature(feature, false);
        return hidden;
    }

    private static CpuidPolicy lower(CpuidPolicy policy, Plan.LowerLeaves limits) {
        List<CpuidPolicy.Leaf> kept = new ArrayList<>();
        for (CpuidPolicy.Leaf leaf : policy.leaves()) {
            CpuLeaves at = CpuLeaves.of(leaf);
            switch (at) {
                case BASIC -> {
                    if (leaf.leaf() <= limits.basic())
                        kept.add(leaf.leaf() == 0 ? capped(leaf, limits.basic()) : leaf);
                }
                case FEATURE -> {
                    if (limits.basic() >= 7 && leaf.subleaf() <= limits.feature())
                        kept.add(leaf.subleaf() == 0 ? capped(leaf, limits.feature()) : leaf);
                }
                case EXTENDED -> {
                    if (leaf.leaf() <= limits.extended())
                        kept.add(
                                leaf.leaf() == CpuLeaves.EXTENDED_FIRST
                                        ? capped(leaf, limits.extended())
                                        : leaf);
                }
                case OTHER -> kept.add(leaf);
            }
        }
        return new CpuidPolicy(kept);
    }

    private static CpuidPolicy.Leaf capped(CpuidPolicy.Leaf leaf, long most) {
        return new CpuidPolicy.Leaf(
                leaf.leaf(),
                leaf.subleaf(),
                Math.min(leaf.eax(), most),
                leaf.ebx(),
                leaf.ecx(),
                leaf.edx());
    }

    private static Optional<XenRecord> limit(MsrPolicy policy, SortedMap<Long, Long> bits) {
        List<MsrPolicy.Entry> kept = new ArrayList<>();
        for (MsrPolicy.Entry msr : policy.msrs()) {
            Long most = bits.get(msr.index());
            if (most != null)
                kept.add(new MsrPolicy.Entry(msr.index(), msr.flags(), msr.value() & most));
        }
        return kept.isEmpty() ? Optional.empty() : Optional.of(new MsrPolicy(kept));
    }

    private static Optional<XenRecord> without(XenRecord record, SortedSet<Long> indices) {
        if (record instanceof VcpuMsrs vcpu) {
            List<VcpuMsrs.Msr> kept =
                    vcpu.msrs().stream().filter(msr -> !indices.contains(msr.index())).toList();
            return kept.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new VcpuMsrs(vcpu.vcpuId(), vcpu.reserved(), kept));
        }
        if (!(record instanceof HvmContext context)) return Optional.of(record);
        List<HvmEntry> entries = new ArrayList<>();
        for (HvmEntry entry : context.entries()) {
            if (entry.typecode() != HvmEntryType.CPU_MSR.code()
                    || !(entry.body() instanceof FieldValue.Group fields)) {
                entries.add(entry);
                continue;
            }
            List<FieldValue> kept =
                    fields.sequence("msr").stream()
                            .filter(msr ->
                                    !(msr instanceof FieldValue.Group one)
                                            || !indices.contains(one.unsigned("index")))
                            .toList();
            if (kept.size() == fields.sequence("msr").size()) {
                entries.add(entry);
            } else if (!kept.isEmpty()) {
                var members = new LinkedHashMap<>(fields.members());
                members.put("count", new FieldValue.Unsigned(32, kept.size()));
                members.put("msr", new FieldValue.Sequence(kept));
                entries.add(
                        new HvmEntry(
                                entry.typecode(), entry.instance(), new FieldValue.Group(members)));
            }
        }
        return Optional.of(new HvmContext(entries, context.trailing()));
    }

    private static HvmContext trim(
            HvmContext context, SequencedMap<String, Long> lengths, ByteOrder order) {
        List<HvmEntry> entries = new ArrayList<>();
        for (HvmEntry entry : context.entries()) {
            Optional<Long> most =
                    entry.type().flatMap(type -> Optional.ofNullable(lengths.get(type.name())));
            entries.add(
                    most.isPresent() ? entry.truncated(Math.toIntExact(most.get()), order) : entry);
        }
        return new HvmContext(entries, context.trailing());
    }
}
