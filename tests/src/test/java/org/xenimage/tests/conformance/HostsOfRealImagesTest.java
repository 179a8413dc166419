package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Severity;
import org.xenimage.image.verify.Verifier;
import org.xenimage.migrate.Blocker;
import org.xenimage.migrate.HostCapabilities;
import org.xenimage.migrate.ImageNeeds;
import org.xenimage.migrate.Negotiation;
import org.xenimage.migrate.NoPlan;
import org.xenimage.migrate.Plan;
import org.xenimage.migrate.XenVersion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The real images against the hosts of {@code examples/hosts}, and what is made of them before Xen's own verifier. */
class HostsOfRealImagesTest {
    private static final Path HOSTS = Path.of("..", "examples", "hosts");
    private static final XenVersion OLD = new XenVersion(4, 13);

    @TempDir private Path folder;

    private static ImageReader open(Path image) throws IOException {
        return Images.load().open(ChannelSource.open(image));
    }

    private static ImageNeeds needs(Path image) throws IOException {
        try (ImageReader reader = open(image)) {
            return ImageNeeds.of(reader);
        }
    }

    private static HostCapabilities host(String name) throws IOException {
        HostCapabilities host =
                HostCapabilities.read(Files.readAllBytes(HOSTS.resolve(name + ".json")), name);
        assertEquals(List.of(), host.unknown());
        return host;
    }

    private static Path made(Path image, Plan plan, Path to) throws IOException {
        try (ImageReader reader = open(image)) {
            Rewrite.of(reader).through(plan.transform()).to(to);
        }
        return to;
    }

    /** The verdict, and a thing that blocks: the guests of 4.17 with PKU have used it, and the Opteron has none. */
    @ParameterizedTest
    @CsvSource({
        "417-pv1.save, xen-4.13-tcg, changes, record X86_CPUID_POLICY",
        "417-pv1.save, xen-4.17-tcg, yes, ''",
        "417-pv1.save, xen-4.20-opteron, changes, CPUID leaf 0x7 subleaf 0x0 ebx: avx2",
        "417-pvh1.save, xen-4.13-tcg, changes, libxc stream version 3",
        "417-pvh1.save, xen-4.17-tcg, yes, ''",
        "417-pvh1.save, xen-4.20-opteron, no, xcr0_accum of a vCPU: pku",
        "417-hvm1.save, xen-4.13-tcg, changes, entry RTC of HVM_CONTEXT",
        "417-hvm1.save, xen-4.17-tcg, yes, ''",
        "417-hvm1.save, xen-4.20-opteron, no, xcr0_accum of a vCPU: pku",
        "414-pv-deb11.save, xen-4.13-tcg, changes, record STATIC_DATA_END",
        "414-pv-deb11.save, xen-4.17-tcg, yes, ''",
        "414-pv-deb11.save, xen-4.20-opteron, changes, CPUID leaf 0x80000000 eax",
        "417-pvh-deb12.save, xen-4.13-tcg, changes, record X86_MSR_POLICY",
        "417-pvh-deb12.save, xen-4.17-tcg, yes, ''",
        "417-pvh-deb12.save, xen-4.20-opteron, no, xcr0_accum of a vCPU: pku"
    })
    void eachVerdictNamesWhatBlocksAndItsPlanHelps(
            String name, String host, String verdict, String blocker) throws IOException {
        Path image = RealImages.file(name);
        Negotiation outcome = Negotiation.negotiate(needs(image), host(host));
        assertEquals(verdict, verdict(outcome), () -> outcome.toString());
        List<String> subjects = blockers(outcome).map(Blocker::subject).toList();
        assertEquals(verdict.equals("yes"), subjects.isEmpty());
        assertTrue(subjects.isEmpty() || subjects.contains(blocker), subjects + "");
        if (!(outcome instanceof Plan plan) || outcome.asItIs()) return;
        Path made = made(image, plan, folder.resolve("made.save"));
        assertTrue(Negotiation.negotiate(needs(made), host(host)).asItIs(), host);
        wellFormed(made);
    }

    private static String verdict(Negotiation outcome) {
        if (outcome.asItIs()) return "yes";
        return outcome instanceof Plan ? "changes" : "no";
    }

    private static Stream<Blocker> blockers(Negotiation outcome) {
        return switch (outcome) {
            case Plan plan -> plan.fallbacks().stream().flatMap(one -> one.reasons().stream());
            case NoPlan none -> none.candidates().stream().flatMap(one -> one.blockers().stream());
        };
    }

    private static void wellFormed(Path image) throws IOException {
        List<Finding> errors = new ArrayList<>();
        var verifier =
                new Verifier(
                        image.toString(),
                        Reading.VERIFY,
                        finding -> {
                            if (finding.severity() == Severity.ERROR) errors.add(finding);
                        });
        try (ImageReader reader = open(image)) {
            while (reader.advance(verifier)) {}
        }
        verifier.end();
        assertEquals(List.of(), errors);
    }

    @Test
    void xensVerifierAcceptsWhatIsMadeForXen413() throws IOException, InterruptedException {
        XenVerifier xen = XenVerifier.find();
        Path streams = Files.createDirectory(folder.resolve("streams"));
        for (String name : List.of("417-pv1", "417-pvh1", "417-hvm1")) {
            Path image = RealImages.file(name + ".save");
            Negotiation outcome = Negotiation.negotiate(needs(image), HostCapabilities.ofXen(OLD));
            if (!(outcome instanceof Plan plan)) throw new AssertionError(outcome);
            Path made = made(image, plan, streams.resolve(name + ".xl"));
            assertEquals(2, needs(made).stream());
        }
        var verdicts = xen.verify(streams, folder);
        assertEquals(3, verdicts.size());
        verdicts.forEach(
                (name, verdict) -> assertTrue(verdict.accepted(), name + ": " + verdict.reason()));
    }
}
