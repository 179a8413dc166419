package org.xenimage.migrate;

import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.MsrPolicy;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.StateComponent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Holds the needs of one image against one host: form by form, rule by rule, as {@code docs/capabilities.md} lists
 * them. Used once.
 */
final class Judgement {
    /** Native forms, which hold any image. */
    private static final List<String> NATIVE = List.of("native", "native-stream");

    private static final int DOWNGRADED = 2;

    private static final Set<RecordType> SINCE_VERSION_3 =
            Set.of(
                    RecordType.STATIC_DATA_END,
                    RecordType.X86_CPUID_POLICY,
                    RecordType.X86_MSR_POLICY);

    /** What Xen gives guests whatever the processor has ({@code xen/arch/x86/cpu-policy.c}). */
    private static final Set<String> EMULATED =
            Set.of(
                    "apic",
                    "x2apic",
                    "hypervisor",
                    "tsc_deadline",
                    "tsc_adjust",
                    "sep",
                    "hle",
                    "rtm",
                    "clwb",
                    "htt",
                    "cmp_legacy",
                    "itsc");

    private final ImageNeeds needs;
    private final HostCapabilities host;

    Judgement(ImageNeeds needs, HostCapabilities host) {
        this.needs = needs;
        this.host = host;
    }

    /** One form while it is judged. */
    private static final class Attempt {
        final List<Plan.Fallback> fallbacks = new ArrayList<>();
        final List<Blocker> blockers = new ArrayList<>();

        void fallback(List<Blocker> reasons, Plan.Step step, String loss) {
            if (!reasons.isEmpty()) fallbacks.add(new Plan.Fallback(reasons, step, loss));
        }

        void block(Optional<Blocker> blocker) {
            blocker.ifPresent(blockers::add);
        }
    }

    /** The outcome where the format of the image must stay. */
    static Negotiation inPlace(ImageNeeds needs, HostCapabilities host) {
        return new Judgement(needs, host).outcome(true);
    }

    Negotiation outcome() {
        return outcome(false);
    }

    private Negotiation outcome(boolean inPlace) {
        if (!needs.unfit().isEmpty()) {
            var unfit =
                    new Blocker(
                            Blocker.Kind.FORMAT,
                            "format " + needs.format(),
                            needs.unfit(),
                            "images that can be restored",
                            "a whole image of xl save; 'xenimage verify' lists every fault");
            return new NoPlan(List.of(new NoPlan.Candidate(asItIs(), List.of(unfit))), List.of());
        }
        List<NoPlan.Candidate> refused = new ArrayList<>();
        for (Plan.Form form : forms()) {
            if (inPlace && !form.format().equals(needs.format())) continue;
            List<Blocker> avoided =
                    refused.isEmpty() || !refused.getLast().form().format().equals(form.format())
                            ? List.of()
                            : refused.getLast().blockers();
            Attempt attempt = judge(form, avoided);
            if (attempt.blockers.isEmpty()) return new Plan(form, attempt.fallbacks, unjudged());
            refused.add(new NoPlan.Candidate(form, attempt.blockers));
        }
        return new NoPlan(refused, unjudged());
    }

    private Plan.Form asItIs() {
        return new Plan.Form(needs.format(), needs.stream());
    }

    /** The forms that the image can be given, those with smaller losses first. */
    private List<Plan.Form> forms() {
        SequencedSet<String> formats = new LinkedHashSet<>();
        formats.add(needs.format());
        formats.add(needs.outermost());
        switch (needs.outermost()) {
            case "xl", "libvirt", "xenopsd" -> formats.addAll(List.of("xl", "libvirt", "xenopsd"));
            case "libxl", "libxc" -> {}
            default -> throw new IllegalStateException("no image begins at " + needs.outermost());
        }
        formats.addAll(NATIVE);
        switch (needs.outermost()) {
            case "xl", "libvirt", "xenopsd" -> formats.addAll(List.of("libxl", "libxc"));
            default -> formats.add("libxc");
        }
        List<Plan.Form> forms = new ArrayList<>();
        for (String format : formats) {
            forms.add(new Plan.Form(format, needs.stream()));
            if (needs.stream() > DOWNGRADED) forms.add(new Plan.Form(format, DOWNGRADED));
        }
        return forms;
    }

    /**
     * Judges one form.
     *
     * @param avoided what blocked the same format with a higher version of the stream
     */
    private Attempt judge(Plan.Form form, List<Blocker> avoided) {
        var attempt = new Attempt();
        format(form, attempt);
        stream(form, avoided, attempt);
        guest(attempt);
        records(form, attempt);
        devices(attempt);
        entries(attempt);
        processor(form, attempt);
        vcpuMsrs(attempt);
        sizes(attempt);
        return attempt;
    }

    private void format(Plan.Form form, Attempt attempt) {
        if (!host.formats().contains(form.format())) {
            attempt.block(
                    Optional.of(
                            new Blocker(
                                    Blocker.Kind.FORMAT,
                                    "format " + form.format(),
                                    form.format(),
                                    list(host.formats()),
                                    "convert it to another format")));
            return;
        }
        if (form.format().equals(needs.format())) {
            if (needs.encrypted()
                    && !host.wire().encryption().contains(HostCapabilities.ENCRYPTION))
                attempt.block(
                        Optional.of(
                                new Blocker(
                                        Blocker.Kind.FORMAT,
                                        "encryption",
                                        HostCapabilities.ENCRYPTION,
                                        list(host.wire().encryption()),
                                        "decrypt it")));
            return;
        }
        var reason =
                new Blocker(
                        Blocker.Kind.FORMAT,
                        "format " + needs.format(),
                        needs.format(),
                        list(host.formats()),
                        "convert it to " + form.format());
        attempt.fallback(List.of(reason), new Plan.Repack(form.format()), lossOf(form.format()));
    }

    private String lossOf(String format) {
        if (NATIVE.contains(format)) return "nothing";
        String kept =
                NATIVE.contains(needs.format())
                        ? "metadata, provenance and sections of the native image"
                        : "";
        if (format.equals(needs.outermost())) return kept;
        String outer =
                switch (format) {
                    case "libxl" -> "the config: the host must have it from elsewhere";
                    case "libxc" ->
                            "the config and the state of device models: the host must have them from elsewhere";
                    default -> "what the config of %s has no place for".formatted(format);
                };
        return kept.isEmpty() ? outer : kept + "; " + outer;
    }

    private void stream(Plan.Form form, List<Blocker> avoided, Attempt attempt) {
        Blocker reason =
                new Blocker(
                        Blocker.Kind.STREAM,
                        "libxc stream version " + form.stream(),
                        "version " + needs.stream(),
                        versions(),
                        form.stream() > DOWNGRADED
                                ? "write version 2"
                                : "a host with another release of Xen");
        if (!host.streams().contains(form.stream())) {
            attempt.block(Optional.of(reason));
            return;
        }
        if (form.stream() == needs.stream()) return;
        List<Blocker> reasons = new ArrayList<>();
        if (!host.streams().contains(needs.stream()))
            reasons.add(
                    new Blocker(
                            Blocker.Kind.STREAM,
                            "libxc stream version " + needs.stream(),
                            "version " + needs.stream(),
                            versions(),
                            "write version 2"));
        host.records()
                .ifPresent(known ->
                        needs.records().entrySet().stream()
                                .filter(one -> SINCE_VERSION_3.contains(one.getKey()))
                                .filter(one -> !known.contains(one.getKey()))
                                .forEach(
                                        one -> reasons.add(unknown(one.getKey(), one.getValue()))));
        // The host takes version 3, but something else in it blocks.
        if (reasons.isEmpty()) reasons.addAll(avoided);
        attempt.fallback(
                reasons,
                new Plan.ToVersionTwo(),
                "the guest's CPUID and MSR policy: it gets what its config and the host's processor give");
    }

    private String versions() {
        return host.streams().isEmpty() ? "no libxc stream" : "version " + list(host.streams());
    }

    private void guest(Attempt attempt) {
        if (host.guests().filter(kinds -> !kinds.contains(needs.guest())).isPresent())
            attempt.block(
                    Optional.of(
                            new Blocker(
                                    Blocker.Kind.GUEST,
                                    "guest " + needs.guest().id(),
                                    needs.guest().toString(),
                                    list(
                                            host.guests().orElseThrow().stream()
                                                    .map(GuestKind::id)
                                                    .toList()),
                                    "a host that runs such guests")));
        if (!host.pageSizes().isEmpty() && !host.pageSizes().contains(needs.pageSize()))
            attempt.block(
                    Optional.of(
                            new Blocker(
                                    Blocker.Kind.PAGE_SIZE,
                                    "page size",
                                    needs.pageSize() + " bytes",
                                    list(host.pageSizes()),
                                    "a host with such pages")));
    }

    private static Blocker unknown(RecordType type, ImageNeeds.Seen seen) {
        return new Blocker(
                Blocker.Kind.RECORD,
                "record " + type,
                seen.offset() < 0 ? "it" : "it at 0x" + Long.toHexString(seen.offset()),
                "no such record",
                type.optional()
                        ? "remove it"
                        : SINCE_VERSION_3.contains(type)
                                ? "write version 2"
                                : "a newer release of Xen");
    }

    private void records(Plan.Form form, Attempt attempt) {
        List<Blocker> removable = new ArrayList<>();
        List<RecordType> removed = new ArrayList<>();
        for (Map.Entry<RecordType, ImageNeeds.Seen> one : needs.records().entrySet()) {
            RecordType type = one.getKey();
            boolean kept =
                    !(form.stream() < needs.stream() && SINCE_VERSION_3.contains(type))
                            && !(form.format().equals("libxc") && type.layer() == Layer.LIBXL);
            if (!kept) continue;
            length(type, one.getValue(), attempt);
            if (host.records().isEmpty() || host.records().get().contains(type)) continue;
            // libxc passes over optional records that it does not know; libxl refuses them.
            if (!type.optional()) attempt.block(Optional.of(unknown(type, one.getValue())));
            else if (type.layer() == Layer.LIBXL) {
                removable.add(unknown(type, one.getValue()));
                removed.add(type);
            }
        }
        attempt.fallback(
                removable,
                new Plan.DropRecords(removed),
                "what the optional records say, which the host does not understand");
    }

    private void length(RecordType type, ImageNeeds.Seen seen, Attempt attempt) {
        OptionalLong most = host.limits().recordBytes();
        if (most.isPresent() && Long.compareUnsigned(seen.longest(), most.getAsLong()) > 0)
            attempt.block(
                    Optional.of(
                            new Blocker(
                                    Blocker.Kind.LIMIT,
                                    "record " + type,
                                    seen.longest() + " bytes",
                                    "at most " + most.getAsLong(),
                                    "a host without this limit")));
    }

    private void devices(Attempt attempt) {
        if (host.emulators().isEmpty()) return;
        for (String emulator : needs.emulators())
            if (!host.emulators().get().contains(emulator))
                attempt.block(
                        Optional.of(
                                new Blocker(
                                        Blocker.Kind.DEVICE,
                                        "device model " + emulator,
                                        "its state",
                                        list(host.emulators().get()),
                                        "a host whose toolstack has it")));
    }

    private void entries(Attempt attempt) {
        List<Blocker> reasons = new ArrayList<>();
        SequencedMap<String, Long> lengths = new LinkedHashMap<>();
        for (Map.Entry<String, Long> entry : needs.hvmEntries().entrySet()) {
            String name = entry.getKey();
            if (Arrays.stream(HvmEntryType.values()).noneMatch(type -> type.name().equals(name))) {
                attempt.block(
                        Optional.of(
                                new Blocker(
                                        Blocker.Kind.DEVICE,
                                        "entry " + name + " of HVM_CONTEXT",
                                        "it",
                                        "no such entry",
                                        "a host with the release of Xen that saved it")));
                continue;
            }
            Long most = host.hvmEntries().get(name);
            if (most == null || entry.getValue() <= most) continue;
            reasons.add(
                    new Blocker(
                            Blocker.Kind.DEVICE,
                            "entry " + name + " of HVM_CONTEXT",
                            entry.getValue() + " bytes",
                            most + " bytes",
                            "shorten it"));
            lengths.put(name, most);
        }
        attempt.fallback(
                reasons,
                new Plan.TrimEntries(lengths),
                "the end of the entries"
                        + (lengths.containsKey("RTC")
                                ? ": how far the guest's clock is from the host's"
                                : ""));
    }

    private void processor(Plan.Form form, Attempt attempt) {
        if (needs.cpuid().isEmpty()) return;
        CpuidPolicy guest = needs.cpuid().get();
        if (form.stream() > DOWNGRADED) ownState(guest, attempt);
        Optional<CpuLimits> limits = host.cpu(needs.guest());
        Optional<CpuidPolicy> most = limits.map(CpuLimits::cpuid);
        boolean kept = form.stream() > DOWNGRADED;
        if (most.isPresent()) {
            if (kept) {
                attempt.block(vendor(guest, most.get()));
                leaves(guest, most.get(), attempt);
            }
            features(guest, most.get(), kept, attempt);
            state(StateComponent.allowed(most.get()), attempt);
        } else if (host.hardware().isPresent()) {
            features(guest, host.hardware().get(), kept, attempt);
        }
        if (kept && needs.msrs().isPresent())
            host.msrs(needs.guest()).ifPresent(bits -> msrs(needs.msrs().get(), bits, attempt));
    }

    private static Optional<Blocker> vendor(CpuidPolicy guest, CpuidPolicy most) {
        Optional<String> here = most.vendor();
        if (here.isEmpty() || guest.vendor().isEmpty() || guest.vendor().equals(here))
            return Optional.empty();
        return Optional.of(
                new Blocker(
                        Blocker.Kind.CPUID,
                        "CPUID leaf 0x0: vendor",
                        guest.vendor().get(),
                        here.get(),
                        "a host with a processor of that vendor"));
    }

    private static void leaves(CpuidPolicy guest, CpuidPolicy most, Attempt attempt) {
        List<Blocker> reasons = new ArrayList<>();
        for (CpuLeaves group : List.of(CpuLeaves.BASIC, CpuLeaves.FEATURE, CpuLeaves.EXTENDED)) {
            long wanted = group.highest(guest);
            long has = group.highest(most);
            if (wanted <= has) continue;
            reasons.add(
                    new Blocker(
                            Blocker.Kind.CPUID,
                            switch (group) {
                                case BASIC -> "CPUID leaf 0x0 eax";
                                case FEATURE -> "CPUID leaf 0x7 subleaf 0x0 eax";
                                case EXTENDED, OTHER -> "CPUID leaf 0x80000000 eax";
                            },
                            (group == CpuLeaves.FEATURE ? "subleaves" : "leaves")
                                    + " up to 0x"
                                    + Long.toHexString(wanted),
                            "up to 0x" + Long.toHexString(has),
                            "lower it"));
        }
        attempt.fallback(
                reasons,
                new Plan.LowerLeaves(
                        CpuLeaves.BASIC.highest(most),
                        CpuLeaves.FEATURE.highest(most),
                        CpuLeaves.EXTENDED.highest(most)),
                "the higher leaves, which the guest no longer finds");
    }

    private void features(CpuidPolicy guest, CpuidPolicy most, boolean kept, Attempt attempt) {
        List<Blocker> reasons = new ArrayList<>();
        SortedSet<String> missing = new TreeSet<>();
        Set<String> there = new HashSet<>(most.features());
        boolean policy = host.cpu(needs.guest()).isPresent();
        for (CpuidPolicy.Leaf leaf : guest.leaves()) {
            SequencedMap<String, List<String>> registers =
                    new CpuidPolicy(List.of(leaf)).featuresByField();
            // What xl info shows has few leaves; of the others nothing is known.
            SequencedMap<String, List<String>> stated =
                    new CpuidPolicy(most.leaf(leaf.leaf(), leaf.subleaf()).stream().toList())
                            .featuresByField();
            for (Map.Entry<String, List<String>> register : registers.entrySet()) {
                if (!policy && !stated.containsKey(register.getKey())) continue;
                for (String feature : register.getValue()) {
                    if (there.contains(feature)) continue;
                    if (!policy && (EMULATED.contains(feature) || notShown(leaf, register)))
                        continue;
                    missing.add(feature);
                    reasons.add(
                            new Blocker(
                                    Blocker.Kind.FEATURE,
                                    "CPUID "
                                            + place(leaf)
                                            + " "
                                            + register.getKey()
                                                    .substring(register.getKey().indexOf('.') + 1)
                                            + ": "
                                            + feature,
                                    feature,
                                    "not " + feature,
                                    "hide it before the guest boots, or a host that has it"));
                }
            }
        }
        if (kept)
            attempt.fallback(
                    reasons,
                    new Plan.HideFeatures(missing),
                    "CPU features; a guest that already uses one fails when it does so again");
        else if (!reasons.isEmpty())
            attempt.fallbacks.replaceAll(one ->
                    one.step() instanceof Plan.ToVersionTwo
                            ? new Plan.Fallback(
                                    one.reasons(),
                                    one.step(),
                                    one.loss()
                                            + ", which lacks "
                                            + String.join(" ", missing)
                                            + "; a guest that already uses one of these fails when it "
                                            + "does so again")
                            : one);
    }

    /** xl info shows one register of leaf 7 less than the leaf has. */
    private static boolean notShown(
            CpuidPolicy.Leaf leaf, Map.Entry<String, List<String>> register) {
        return leaf.leaf() == CpuLeaves.FEATURE_LEAF && register.getKey().endsWith(".edx");
    }

    private static String place(CpuidPolicy.Leaf leaf) {
        return leaf.subleaf() == CpuidPolicy.NO_SUBLEAF
                ? "leaf 0x" + Long.toHexString(leaf.leaf())
                : "leaf 0x%x subleaf 0x%x".formatted(leaf.leaf(), leaf.subleaf());
    }

    private void state(long allowed, Attempt attempt) {
        for (StateComponent component : StateComponent.beyond(needs.state(), allowed))
            attempt.block(
                    Optional.of(
                            new Blocker(
                                    Blocker.Kind.STATE,
                                    "xcr0_accum of a vCPU: " + component.feature(),
                                    "a guest that has used it",
                                    "no such state",
                                    "a host whose processor has " + component.feature())));
    }

    /** Xen holds the state of each vCPU against the guest's own policy. */
    private void ownState(CpuidPolicy guest, Attempt attempt) {
        if (guest.leaf(1, CpuidPolicy.NO_SUBLEAF).isEmpty()) return;
        for (StateComponent component :
                StateComponent.beyond(needs.state(), StateComponent.allowed(guest)))
            attempt.block(
                    Optional.of(
                            new Blocker(
                                    Blocker.Kind.STATE,
                                    "xcr0_accum of a vCPU: " + component.feature(),
                                    "a guest that has used it, and a CPUID policy without it",
                                    "no state that the policy hides",
                                    "an image whose policy has " + component.feature())));
    }

    private static void msrs(MsrPolicy policy, SortedMap<Long, Long> bits, Attempt attempt) {
        List<Blocker> reasons = new ArrayList<>();
        SortedMap<Long, Long> kept = new TreeMap<>();
        for (MsrPolicy.Entry msr : policy.msrs()) {
            String name =
                    "MSR 0x%x".formatted(msr.index())
                            + msr.name().map(known -> " (" + known + ")").orElse("");
            Long most = bits.get(msr.index());
            if (most == null) {
                // An MSR that is zero tells the guest nothing; but a Xen that does not know it
                // refuses.
                reasons.add(
                        new Blocker(
                                Blocker.Kind.MSR,
                                name,
                                "0x%x".formatted(msr.value()),
                                "no such MSR in a policy",
                                "remove it"));
                continue;
            }
            kept.put(msr.index(), most);
            long beyond = msr.value() & ~most;
            if (beyond == 0) continue;
            List<String> names =
                    new MsrPolicy(List.of(new MsrPolicy.Entry(msr.index(), 0, beyond)))
                            .archCapabilities();
            reasons.add(
                    new Blocker(
                            names.isEmpty() ? Blocker.Kind.MSR : Blocker.Kind.FEATURE,
                            names.isEmpty() ? name : name + ": " + String.join(" ", names),
                            "0x%x".formatted(msr.value()),
                            "at most the bits 0x%x".formatted(most),
                            "clear the bits"));
        }
        attempt.fallback(
                reasons,
                new Plan.LimitMsrs(kept),
                "what these MSRs told the guest of its processor");
    }

    private void vcpuMsrs(Attempt attempt) {
        if (host.vcpuMsrs().isEmpty()) return;
        SortedSet<Long> beyond = new TreeSet<>(needs.vcpuMsrs());
        beyond.removeAll(host.vcpuMsrs().get());
        attempt.fallback(
                beyond.stream()
                        .map(index ->
                                new Blocker(
                                        Blocker.Kind.MSR,
                                        "MSR 0x%x of a vCPU".formatted(index),
                                        "a value",
                                        "no such MSR of a vCPU",
                                        "remove it"))
                        .toList(),
                new Plan.DropVcpuMsrs(beyond),
                "the values of these MSRs: the guest finds their defaults");
    }

    private void sizes(Attempt attempt) {
        size("vCPUs", needs.vcpus(), host.limits().vcpus(), attempt);
        size("memory in KiB", needs.memoryKib(), host.limits().memoryKib(), attempt);
    }

    private static void size(String what, long wanted, OptionalLong most, Attempt attempt) {
        if (most.isEmpty() || wanted <= most.getAsLong()) return;
        attempt.block(
                Optional.of(
                        new Blocker(
                                Blocker.Kind.LIMIT,
                                what,
                                wanted + "",
                                "at most " + most.getAsLong(),
                                "a larger host")));
    }

    private List<String> unjudged() {
        List<String> open = new ArrayList<>();
        if (needs.cpuid().isEmpty()) open.add("CPU features: the image has no CPUID policy");
        else if (host.cpu(needs.guest()).isEmpty())
            open.add(
                    host.hardware().isPresent()
                            ? "CPU features beyond what xl info shows: the host states no CPUID policy"
                            : "CPU features: the host states no CPUID policy");
        if (!needs.emulators().isEmpty())
            open.add("whether the host's version of the device model reads the state of this one");
        if (host.records().isEmpty()) open.add("records: the host does not state which it knows");
        if (host.guests().isEmpty()) open.add("the guest: the host does not state which it runs");
        return open;
    }

    private static String list(Iterable<?> items) {
        List<String> words = new ArrayList<>();
        items.forEach(item -> words.add(item.toString().toLowerCase(Locale.ROOT)));
        return words.isEmpty() ? "none" : words.stream().collect(Collectors.joining(", "));
    }
}
