package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Rule;
import org.xenimage.image.verify.Verifier;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRewrite;
import org.xenimage.script.RunSummary;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Every policy of the library over real images of each kind of guest. What each makes is an image that our verifier and
 * Xen's accept, which both languages make the same.
 */
class PolicyLibraryTest {
    private static final String SITE =
            """
            {"bridges": {"xenbr0": "br-dmz"}, "disks": {"/": "/srv/"}, "metadata": {"site.owner": "web team"}}
            """;

    /** What each policy is given, and of which guests it changes the image: {@code pv}, {@code pvh}, {@code hvm}. */
    private enum Given {
        CPUID_LEVEL("level=x86-64-v1", "pvh hvm"),
        CPUID_MASK("features=popcnt", "pv pvh hvm"),
        DOWNGRADE_V2("", "pv pvh hvm"),
        DROP_OPTIONAL("", ""),
        INJECT_METADATA("key=site.a value=b", "pv pvh hvm"),
        MAINTENANCE_WINDOW("from=00:00 to=00:01", ""),
        MSR_FILTER("remove=arch_caps", "pv pvh hvm"),
        REDACT_CONFIG("keys=uuid", "pv pvh hvm"),
        REMAP_BRIDGES("", ""),
        REMAP_DISKS("", ""),
        RENAME_DOMAIN("to=renamed", "pv pvh hvm"),
        REQUIRE_XEN("minimum=4.6 maximum=4.20", ""),
        SCRUB_PATTERN("text=SECRET-API-TOKEN= length=49 fill=42", "pv pvh hvm"),
        SCRUB_REGEX("regex=SECRET-API-TOKEN=[0-9a-f]+ fill=42", "pv pvh hvm"),
        SET_CMDLINE("append=quiet", "pv pvh hvm"),
        STRIP_EMULATOR("", "hvm"),
        VERIFY_AFTER("absent=NO-SUCH-TEXT present=SECRET-API-TOKEN=", ""),
        ZERO_FREE_PAGES("required=true", "pv pvh hvm");

        private final String parameters;
        private final String changed;

        Given(String parameters, String changed) {
            this.parameters = parameters;
            this.changed = " " + changed + " ";
        }

        String policy() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }

        Map<String, String> parameters() {
            Map<String, String> all = new TreeMap<>();
            for (String one : parameters.split(" ", -1)) {
                int equals = one.indexOf('=');
                if (equals > 0) all.put(one.substring(0, equals), one.substring(equals + 1));
            }
            return all;
        }
    }

    private static PolicyHost host = PolicyHost.open(HostOptions.defaults());

    @TempDir private Path folder;

    @BeforeAll
    static void open() {
        host = PolicyHost.open(HostOptions.defaults());
    }

    @AfterAll
    static void close() {
        host.close();
    }

    @Test
    void everyPolicyOfTheLibraryIsHere() throws IOException {
        var library = new TreeSet<String>();
        for (Policy policy : host.library()) library.add(policy.name());
        assertEquals(
                library, new TreeSet<>(Arrays.stream(Given.values()).map(Given::policy).toList()));
    }

    @ParameterizedTest
    @CsvSource({"417-pv1.save, pv", "417-pvh1.save, pvh", "417-hvm1.save, hvm"})
    void everyPolicyMakesAnImageThatXenAccepts(String name, String guest)
            throws IOException, InterruptedException {
        Path image = RealImages.file(name);
        XenVerifier xen = XenVerifier.find();
        Path made = Files.createDirectory(folder.resolve("made"));
        List<String> wrong = new ArrayList<>();
        for (Given given : Given.values()) {
            if (given == Given.CPUID_LEVEL && guest.equals("pv")) {
                // Its vCPU has used AVX, which the level hides.
                var refused =
                        assertThrows(
                                PolicyRejected.class,
                                () -> run(image, given, "js", folder.resolve("out.js")));
                assertTrue(refused.fault().message().contains("extended-state"));
                Files.delete(folder.resolve("out.js"));
                continue;
            }
            Path js = run(image, given, "js", folder.resolve("out.js"));
            Path python = run(image, given, "py", folder.resolve("out.py"));
            String label = given.policy() + " on " + name;
            if (Files.mismatch(js, python) >= 0) wrong.add(label + ": the languages differ");
            boolean changed = Files.mismatch(image, js) >= 0;
            if (changed != given.changed.contains(" " + guest + " "))
                wrong.add(label + (changed ? ": changed it" : ": did not change it"));
            List<Finding> findings = new ArrayList<>();
            int version = verified(js, findings);
            // It can be examined; the toolstack that saved it does not restore it, which the
            // verifier says.
            if (given == Given.STRIP_EMULATOR && guest.equals("hvm"))
                assertEquals(Rule.CONTRADICTION, findings.removeFirst().rule());
            if (!findings.isEmpty()) wrong.add(label + ": " + findings);
            assertEquals(given == Given.DOWNGRADE_V2 ? 2 : 3, version, label);
            Files.delete(python);
            if (changed) Files.move(js, made.resolve(given.policy() + ".xl"));
            else Files.delete(js);
        }
        xen.verify(made, folder)
                .forEach((file, verdict) -> {
                    if (!verdict.accepted()) wrong.add(file + ": " + verdict.reason());
                });
        assertTrue(wrong.isEmpty(), () -> String.join("\n", wrong));
    }

    private static Path run(Path image, Given given, String language, Path out) throws IOException {
        RunContext context =
                RunContext.of(
                                Operation.REWRITE,
                                image.toString(),
                                "tester",
                                Instant.parse("2026-01-31T12:00:00Z"))
                        .withSite((ObjectNode) new JsonMapper().readTree(SITE))
                        .withParameters(given.parameters())
                        .withRestartable(true);
        try (PolicyRewrite rewrite =
                PolicyRewrite.of(
                        host,
                        List.of(host.load(given.policy() + "." + language)),
                        context,
                        DecisionLog.none())) {
            rewrite.run(
                    () -> Images.load().open(ChannelSource.open(image)),
                    each -> {
                        try (ChannelSink sink = ChannelSink.create(out)) {
                            each.to(sink);
                        }
                    });
            RunSummary.Outcome outcome = rewrite.summary().policies().getFirst().outcome();
            boolean windowOnly = given == Given.MAINTENANCE_WINDOW;
            assertEquals(
                    windowOnly ? RunSummary.Outcome.OTHER_OPERATION : RunSummary.Outcome.RAN,
                    outcome,
                    given.policy());
        }
        return out;
    }

    /** The version of the libxc stream, and what our verifier says of it. */
    private static int verified(Path image, List<Finding> findings) throws IOException {
        List<Integer> versions = new ArrayList<>();
        var verifier = new Verifier(image.toString(), Reading.RESTORE, findings::add);
        try (ImageReader reader = Images.load().open(ChannelSource.open(image))) {
            reader.drainTo(element -> {
                if (element instanceof LibxcHeader header) versions.add(header.version());
                verifier.accept(element);
            });
            verifier.end();
        }
        return versions.getFirst();
    }
}
