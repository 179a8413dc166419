package org.xenimage.image.record;

import org.xenimage.image.layout.FieldRejected;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What CPUID answers in the guest (libxc-migration-stream, section X86_CPUID_POLICY; {@code arch-x86/xen.h},
 * {@code xen_cpuid_leaf_t}).
 *
 * <pre>
 *   0  leaves up to the end: u32 leaf, u32 subleaf, u32 eax, u32 ebx, u32 ecx, u32 edx
 * </pre>
 *
 * <p>A leaf without subleaves has the subleaf 0xffffffff. The vendor, the brand and the features
 * are read from the leaves; they are not fields.
 *
 * @param leaves in the order of the wire
 */
public record CpuidPolicy(List<Leaf> leaves) implements XenRecord {
    /** The subleaf of a leaf that has none. */
    public static final long NO_SUBLEAF = CpuidNames.NO_SUBLEAF;

    private static final long BRAND_FIRST = 0x80000002L;
    private static final long BRAND_LAST = 0x80000004L;

    static final Layout LAYOUT =
            Layout.struct(
                    "X86_CPUID_POLICY",
                    Layout.repeatedToEnd(
                            "leaves",
                            Layout.struct(
                                    "xen_cpuid_leaf",
                                    Layout.u32("leaf"),
                                    Layout.u32("subleaf"),
                                    Layout.u32("eax"),
                                    Layout.u32("ebx"),
                                    Layout.u32("ecx"),
                                    Layout.u32("edx"))));

    /** Copies the list. */
    public CpuidPolicy {
        leaves = List.copyOf(leaves);
    }

    /**
     * One answer of CPUID.
     *
     * @param leaf asked for
     * @param subleaf asked for, or {@link #NO_SUBLEAF}
     * @param eax answered
     * @param ebx answered
     * @param ecx answered
     * @param edx answered
     */
    public record Leaf(long leaf, long subleaf, long eax, long ebx, long ecx, long edx) {
        long register(CpuidNames.Register register) {
            return switch (register) {
                case EAX -> eax;
                case EBX -> ebx;
                case ECX -> ecx;
                case EDX -> edx;
            };
        }

        Leaf with(CpuidNames.Register register, long value) {
            return switch (register) {
                case EAX -> new Leaf(leaf, subleaf, value, ebx, ecx, edx);
                case EBX -> new Leaf(leaf, subleaf, eax, value, ecx, edx);
                case ECX -> new Leaf(leaf, subleaf, eax, ebx, value, edx);
                case EDX -> new Leaf(leaf, subleaf, eax, ebx, ecx, value);
            };
        }
    }

    static CpuidPolicy of(FieldValue.Group fields) {
        return new CpuidPolicy(
                fields.sequence("leaves").stream()
                        .map(FieldValue.Group.class::cast)
                        .map(leaf ->
                                new Leaf(
                                        leaf.unsigned("leaf"),
                                        leaf.unsigned("subleaf"),
                                        leaf.unsigned("eax"),
                                        leaf.unsigned("ebx"),
                                        leaf.unsigned("ecx"),
                                        leaf.unsigned("edx")))
                        .toList());
    }

    /**
     * Looks a leaf up.
     *
     * @param leaf asked for
     * @param subleaf asked for, or {@link #NO_SUBLEAF}
     * @return the answer, if the policy has it
     */
    public Optional<Leaf> leaf(long leaf, long subleaf) {
        return leaves.stream()
                .filter(answer -> answer.leaf() == leaf && answer.subleaf() == subleaf)
                .findFirst();
    }

    /** {@return the vendor, such as {@code GenuineIntel}, if leaf 0 is there} */
    public Optional<String> vendor() {
        return leaf(0, NO_SUBLEAF).map(answer -> text(answer.ebx(), answer.edx(), answer.ecx()));
    }

    /** {@return the brand of the processor, without the spaces and NULs around it, if its three leaves are there} */
    public Optional<String> brand() {
        var brand = new StringBuilder();
        for (long leaf = BRAND_FIRST; leaf <= BRAND_LAST; leaf++) {
            Optional<Leaf> part = leaf(leaf, NO_SUBLEAF);
            if (part.isEmpty()) return Optional.empty();
            Leaf answer = part.get();
            brand.append(text(answer.eax(), answer.ebx(), answer.ecx(), answer.edx()));
        }
        return Optional.of(brand.toString().replace("\0", "").strip());
    }

    /** {@return the features that are set, by the lowercase names of {@code arch-x86/cpufeatureset.h}} */
    public List<String> features() {
        List<String> features = new ArrayList<>();
        for (CpuidNames.Word word : CpuidNames.WORDS) {
            leaf(word.leaf(), word.subleaf())
                    .ifPresent(answer ->
                            features.addAll(
                                    CpuidNames.set(
                                            word.names(), answer.register(word.register()))));
        }
        return List.copyOf(features);
    }

    @Override
    public SequencedMap<String, List<String>> featuresByField() {
        SequencedMap<String, List<String>> features = new LinkedHashMap<>();
        for (int at = 0; at < leaves.size(); at++) {
            Leaf answer = leaves.get(at);
            for (CpuidNames.Word word : CpuidNames.WORDS) {
                if (word.leaf() != answer.leaf() || word.subleaf() != answer.subleaf()) continue;
                String register = word.register().name().toLowerCase(Locale.ROOT);
                features.put(
                        "leaves[%d].%s".formatted(at, register),
                        CpuidNames.set(word.names(), answer.register(word.register())));
            }
        }
        return Collections.unmodifiableSequencedMap(features);
    }

    /**
     * Tells whether a feature is set.
     *
     * @param name in {@code arch-x86/cpufeatureset.h}, in any case; a dash counts as an underscore
     * @return whether it is set; false if its leaf is missing
     * @throws FieldRejected if the header names no such feature
     */
    public boolean hasFeature(String name) {
        CpuidNames.Feature feature = feature(name);
        CpuidNames.Word word = feature.word();
        return leaf(word.leaf(), word.subleaf())
                .map(answer -> (answer.register(word.register()) >>> feature.bit() & 1) != 0)
                .orElse(false);
    }

    /**
     * Sets or clears one feature. Other features that need it, and leaves that describe it, stay
     * unchanged.
     *
     * @param name in {@code arch-x86/cpufeatureset.h}, in any case; a dash counts as an underscore
     * @param present whether the guest shall see it
     * @return the policy with the feature so
     * @throws FieldRejected if the header names no such feature, or the leaf of a feature to set is
     *     missing
     */
    public CpuidPolicy withFeature(String name, boolean present) {
        CpuidNames.Feature feature = feature(name);
        CpuidNames.Word word = feature.word();
        if (present && leaf(word.leaf(), word.subleaf()).isEmpty())
            throw new FieldRejected(
                    name,
                    "leaf 0x%x subleaf 0x%x in the policy".formatted(word.leaf(), word.subleaf()),
                    "none");
        long bit = 1L << feature.bit();
        return new CpuidPolicy(
                leaves.stream()
                        .map(answer -> {
                            if (answer.leaf() != word.leaf() || answer.subleaf() != word.subleaf())
                                return answer;
                            long old = answer.register(word.register());
                            return answer.with(word.register(), present ? old | bit : old & ~bit);
                        })
                        .toList());
    }

    private static CpuidNames.Feature feature(String name) {
        return CpuidNames.feature(name)
                .orElseThrow(() ->
                        new FieldRejected(
                                name,
                                "a CPUID feature of cpufeatureset.h such as avx2",
                                "a name that it does not have"));
    }

    private static String text(long... registers) {
        byte[] bytes = new byte[registers.length * 4];
        for (int at = 0; at < bytes.length; at++)
            bytes[at] = (byte) (registers[at / 4] >>> (at % 4 * 8));
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    @Override
    public RecordType type() {
        return RecordType.X86_CPUID_POLICY;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder()
                .groups(
                        "leaves",
                        leaves.stream()
                                .map(answer ->
                                        new GroupBuilder()
                                                .u32("leaf", answer.leaf())
                                                .u32("subleaf", answer.subleaf())
                                                .u32("eax", answer.eax())
                                                .u32("ebx", answer.ebx())
                                                .u32("ecx", answer.ecx())
                                                .u32("edx", answer.edx())
                                                .build())
                                .toList())
                .build();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
