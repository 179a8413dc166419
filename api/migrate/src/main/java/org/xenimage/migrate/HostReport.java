package org.xenimage.migrate;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.record.CpuidPolicy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a host's own programs print: {@code xl info} ({@code tools/xl/xl_info.c}) and {@code xen-cpuid -p}
 * ({@code tools/misc/xen-cpuid.c}).
 */
final class HostReport {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");
    private static final Pattern WORDS = Pattern.compile("[0-9a-f]{8}(:[0-9a-f]{8})*");
    private static final Pattern HEADING =
            Pattern.compile("(.{1,40}) policy: [0-9]{1,9} leaves, [0-9]{1,9} MSRs");
    private static final Pattern MSR = Pattern.compile("([0-9a-f]{8}) -> ([0-9a-f]{16})");
    private static final long KIB_PER_MIB = 1024;

    private final String source;

    HostReport(String source) {
        this.source = source;
    }

    HostCapabilities read(String xlInfo, String xenCpuid) throws ImageException {
        Map<String, String> lines = lines(xlInfo);
        XenVersion version = version(lines);
        HostCapabilities base = KnownXen.required(version, fault("xen_minor"));
        Map<String, CpuLimits> policies = policies(xenCpuid);
        String host = lines.getOrDefault("host", "");
        if (host.equals("(none)")) host = ""; // the kernel has no name
        return new HostCapabilities(
                host.isEmpty() ? base.name() : host,
                base.xen(),
                base.formats(),
                base.streams(),
                Optional.of(guests(lines, base.guests().orElseThrow())),
                base.records(),
                base.emulators(),
                base.hvmEntries(),
                Optional.ofNullable(policies.get("PV Max")),
                Optional.ofNullable(policies.get("HVM Max")),
                policies.isEmpty() ? hardware(lines) : Optional.empty(),
                base.vcpuMsrs(),
                base.pageSizes(),
                base.wire(),
                new HostCapabilities.Sizes(
                        base.limits().vcpus(), memory(lines), base.limits().recordBytes()),
                List.of());
    }

    private Map<String, String> lines(String text) throws ImageException {
        bounded(text);
        Map<String, String> lines = new HashMap<>();
        for (String line : text.lines().toList()) {
            int colon = line.indexOf(':');
            if (colon > 0)
                lines.putIfAbsent(
                        line.substring(0, colon).strip(), line.substring(colon + 1).strip());
        }
        return lines;
    }

    private void bounded(String text) throws ImageException {
        if (text.length() > HostCapabilities.LENGTH_MAX)
            throw new LimitExceeded(
                    fault("")
                            .expected("at most " + HostCapabilities.LENGTH_MAX + " characters")
                            .found(text.length() + ""));
    }

    private XenVersion version(Map<String, String> lines) throws ImageException {
        String major = lines.getOrDefault("xen_major", "");
        String minor = lines.getOrDefault("xen_minor", "");
        Optional<XenVersion> version = XenVersion.parse(major + "." + minor);
        if (version.isPresent()) return version.get();
        throw new CorruptImage(
                fault("xen_major")
                        .problem("is missing, so this is not the output of xl info")
                        .remedy("run 'xl info' as root in dom0"));
    }

    /** Each word of xen_caps names a way to run guests. */
    private static Set<GuestKind> guests(Map<String, String> lines, Set<GuestKind> known) {
        Optional<String> caps = Optional.ofNullable(lines.get("xen_caps"));
        if (caps.isEmpty()) return known;
        Set<GuestKind> guests = EnumSet.noneOf(GuestKind.class);
        for (String word : List.of(caps.get().split(" ", -1))) {
            if (word.equals("xen-3.0-x86_64")) guests.add(GuestKind.PV64);
            else if (word.equals("xen-3.0-x86_32p")) guests.add(GuestKind.PV32);
            else if (word.startsWith("hvm-3.0-x86")) {
                guests.add(GuestKind.HVM);
                guests.add(GuestKind.PVH);
            }
        }
        guests.retainAll(known);
        return Collections.unmodifiableSet(guests);
    }

    private OptionalLong memory(Map<String, String> lines) throws ImageException {
        Optional<String> found = Optional.ofNullable(lines.get("total_memory"));
        if (found.isEmpty()) return OptionalLong.empty();
        if (!NUMBER.matcher(found.get()).matches()) throw wrong("total_memory", "MiB", found.get());
        long mib = Long.parseLong(found.get());
        return mib > Long.MAX_VALUE / KIB_PER_MIB
                ? OptionalLong.empty()
                : OptionalLong.of(mib * KIB_PER_MIB);
    }

    /** The first words of the featureset, in the order of {@code arch-x86/cpufeatureset.h}. */
    private Optional<CpuidPolicy> hardware(Map<String, String> lines) throws ImageException {
        Optional<String> found = Optional.ofNullable(lines.get("hw_caps"));
        if (found.isEmpty()) return Optional.empty();
        if (!WORDS.matcher(found.get()).matches())
            throw wrong("hw_caps", "words of eight hex digits", found.get());
        List<Long> words = new ArrayList<>();
        for (String word : List.of(found.get().split(":", -1))) words.add(Long.parseLong(word, 16));
        if (words.size() < 8) return Optional.empty();
        return Optional.of(
                new CpuidPolicy(
                        List.of(
                                leaf(1, CpuidPolicy.NO_SUBLEAF, 0, 0, words.get(1), words.get(0)),
                                leaf(7, 0, 0, words.get(5), words.get(6), 0),
                                leaf(0xd, 1, words.get(4), 0, 0, 0),
                                leaf(
                                        0x80000001L,
                                        CpuidPolicy.NO_SUBLEAF,
                                        0,
                                        0,
                                        words.get(3),
                                        words.get(2)),
                                leaf(0x80000007L, CpuidPolicy.NO_SUBLEAF, 0, 0, 0, words.get(7)))));
    }

    private static CpuidPolicy.Leaf leaf(
            long leaf, long subleaf, long eax, long ebx, long ecx, long edx) {
        return new CpuidPolicy.Leaf(leaf, subleaf, eax, ebx, ecx, edx);
    }

    private Map<String, CpuLimits> policies(String text) throws ImageException {
        bounded(text);
        Map<String, CpuLimits> policies = new HashMap<>();
        if (text.isBlank()) return policies;
        String name = "";
        List<CpuidPolicy.Leaf> leaves = new ArrayList<>();
        SortedMap<Long, Long> msrs = new TreeMap<>();
        for (String raw : text.lines().toList()) {
            String line = raw.strip();
            Matcher heading = HEADING.matcher(line);
            Optional<CpuidPolicy.Leaf> leaf = CpuidRow.parse(line);
            Matcher msr = MSR.matcher(line);
            if (heading.matches()) {
                put(policies, name, leaves, msrs);
                name = heading.group(1);
                leaves = new ArrayList<>();
                msrs = new TreeMap<>();
            } else if (leaf.isPresent()) {
                leaves.add(leaf.get());
            } else if (msr.matches()) {
                msrs.put(
                        Long.parseLong(msr.group(1), 16), Long.parseUnsignedLong(msr.group(2), 16));
            }
        }
        put(policies, name, leaves, msrs);
        if (!policies.containsKey("PV Max") && !policies.containsKey("HVM Max"))
            throw new CorruptImage(
                    Fault.in("xen-cpuid -p")
                            .problem("has no policy PV Max or HVM Max")
                            .remedy("run 'xen-cpuid -p' as root in dom0; it needs Xen 4.13"));
        return policies;
    }

    private static void put(
            Map<String, CpuLimits> policies,
            String name,
            List<CpuidPolicy.Leaf> leaves,
            SortedMap<Long, Long> msrs) {
        if (!leaves.isEmpty())
            policies.putIfAbsent(name, new CpuLimits(new CpuidPolicy(leaves), Optional.of(msrs)));
    }

    private CorruptImage wrong(String key, String expected, String found) {
        return new CorruptImage(fault(key).expected(expected).found(found));
    }

    private Fault fault(String key) {
        return Fault.in(source).element("xl info").field(key);
    }
}
