package org.xenimage.stdlib;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.sample.SampleGuest;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class LibraryPoliciesTest {
    private static final byte[] SAMPLE = LibraryRun.sample(SampleGuest.PV);
    private static final String SECRET = "SECRET-API-TOKEN=";

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void scrubPatternOverwritesEveryMatchToItsLength(String language) throws IOException {
        assertTrue(new LibraryRun.Rewritten(SAMPLE).text().contains(SECRET));
        LibraryRun.Rewritten scrubbed =
                LibraryRun.run(
                        "scrub-pattern." + language,
                        Map.of("text", SECRET, "length", "30", "fill", "42"));
        assertFalse(scrubbed.text().contains(SECRET));
        assertTrue(scrubbed.text().contains("*".repeat(30)));
        assertEquals(SAMPLE.length, scrubbed.bytes().length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void scrubRegexOverwritesEveryMatchWhateverItsLength(String language) throws IOException {
        LibraryRun.Rewritten scrubbed =
                LibraryRun.run(
                        "scrub-regex." + language,
                        Map.of("regex", "SECRET-[A-Z]+-TOKEN=[!-~]*", "fill", "42"));
        assertFalse(scrubbed.text().contains("SECRET-"));
        assertTrue(scrubbed.text().contains("*".repeat(SECRET.length())));
        assertEquals(SAMPLE.length, scrubbed.bytes().length);
        var refused =
                assertThrows(
                        PolicyFailed.class,
                        () -> LibraryRun.run("scrub-regex." + language, Map.of("regex", "(?=a)b")));
        assertTrue(
                refused.fault().message().contains("without look-around"),
                refused.fault().message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void injectMetadataKeepsKeysOfSiteAndCommand(String language) throws IOException {
        ObjectNode site = new JsonMapper().createObjectNode();
        site.putObject("metadata").put("site.owner", "web team");
        ObjectNode metadata =
                LibraryRun.run(
                                "inject-metadata." + language,
                                Map.of("key", "site.ticket", "value", "4711"),
                                site)
                        .metadata();
        assertEquals("web team", metadata.path("site.owner").asText());
        assertEquals("4711", metadata.path("site.ticket").asText());
        assertEquals("tester", metadata.path("site.operator").asText());
        assertEquals("rewrite", metadata.path("site.operation").asText());
        assertEquals("2026-01-31T12:00:00Z", metadata.path("site.time").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void injectMetadataWithoutStampSetsTheKeyAlone(String language) throws IOException {
        ObjectNode metadata =
                LibraryRun.run(
                                "inject-metadata." + language,
                                Map.of("key", "a.b", "value", "c", "stamp", "false"))
                        .metadata();
        assertEquals("{\"a.b\":\"c\"}", metadata.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void renameDomainChangesNameAndUuid(String language) throws IOException {
        String uuid = "00000000-1111-4222-8333-444444444444";
        ObjectNode config =
                LibraryRun.run(
                                "rename-domain." + language,
                                Map.of("to", "{name}-copy", "uuid", uuid))
                        .config();
        assertEquals("sample-pv-copy", config.at("/c_info/name").asText());
        assertEquals(uuid, config.at("/c_info/uuid").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void remapBridgesFollowsTheSitesMap(String language) throws IOException {
        ObjectNode site = new JsonMapper().createObjectNode();
        site.putObject("bridges").put("xenbr0", "br-dmz");
        ObjectNode config = LibraryRun.run("remap-bridges." + language, Map.of(), site).config();
        assertEquals("br-dmz", config.at("/nics/0/bridge").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void remapBridgesLeavesAnUnknownBridgeOrRefusesIt(String language) throws IOException {
        assertArrayEquals(SAMPLE, LibraryRun.run("remap-bridges." + language, Map.of()).bytes());
        var refused =
                assertThrows(
                        PolicyRejected.class,
                        () ->
                                LibraryRun.run(
                                        "remap-bridges." + language, Map.of("strict", "true")));
        assertTrue(refused.fault().message().contains("xenbr0"), refused.fault().message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void setCmdlineReplacesAppendsAndRemovesWords(String language) throws IOException {
        String policy = "set-cmdline." + language;
        assertEquals(
                "console=hvc0 root=/dev/xvda ro quiet",
                LibraryRun.run(policy, Map.of("append", "ro quiet"))
                        .config()
                        .at("/b_info/cmdline")
                        .asText());
        assertEquals(
                "root=/dev/xvda",
                LibraryRun.run(policy, Map.of("remove", "ro console=hvc0"))
                        .config()
                        .at("/b_info/cmdline")
                        .asText());
        assertEquals(
                "single",
                LibraryRun.run(policy, Map.of("cmdline", "single"))
                        .config()
                        .at("/b_info/cmdline")
                        .asText());
        assertArrayEquals(SAMPLE, LibraryRun.run(policy, Map.of()).bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void cpuidMaskHidesFeaturesByName(String language) throws IOException {
        CpuidPolicy before = new LibraryRun.Rewritten(SAMPLE).cpuid();
        String feature = before.features().iterator().next();
        CpuidPolicy after =
                LibraryRun.run("cpuid-mask." + language, Map.of("features", feature)).cpuid();
        assertTrue(before.hasFeature(feature));
        assertFalse(after.hasFeature(feature));
        assertEquals(before, after.withFeature(feature, true), "and changes nothing else");
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void cpuidMaskRefusesANameThatIsNoFeature(String language) {
        var failure =
                assertThrows(
                        IOException.class,
                        () ->
                                LibraryRun.run(
                                        "cpuid-mask." + language,
                                        Map.of("features", "no-such-feature")));
        assertTrue(
                failure instanceof PolicyFailed || failure instanceof PolicyRejected,
                failure.toString());
        assertTrue(failure.toString().contains("no-such-feature"), failure.toString());
    }

    @Test
    void bothLanguagesHaveTheSamePoliciesWithTheSameParameters() throws IOException {
        for (Policy policy : LibraryRun.host().library()) {
            String name = policy.name();
            Policy js = LibraryRun.host().load(name + ".js");
            Policy python = LibraryRun.host().load(name + ".py");
            assertEquals(js.parameters(), python.parameters(), name);
            assertEquals(js.on(), python.on(), name);
        }
    }

    @Test
    void theIndexNamesEveryFileAndTheDocumentEveryPolicy() throws IOException {
        String index = Files.readString(Path.of("index"));
        String document = Files.readString(Path.of("docs/library.md"));
        for (String folder : List.of("js", "python")) {
            try (Stream<Path> files = Files.list(Path.of(folder))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    String name = file.getFileName().toString();
                    assertTrue(index.lines().anyMatch(name::equals), name);
                    assertTrue(
                            document.contains("`" + name.substring(0, name.lastIndexOf('.')) + "`"),
                            name);
                }
            }
        }
    }
}
