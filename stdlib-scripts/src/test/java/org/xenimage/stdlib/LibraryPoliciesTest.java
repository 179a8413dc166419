package org.xenimage.stdlib;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRun;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

class LibraryPoliciesTest {
    private static final PolicyHost HOST = PolicyHost.open(HostOptions.defaults());
    private static final Images IMAGES = Images.load();
    private static final byte[] SAMPLE = sample();
    private static final String SECRET = "SECRET-API-TOKEN=";

    @AfterAll
    static void close() {
        HOST.close();
    }

    /** What a policy made of the sample. */
    private static final class Rewritten {
        private final byte[] bytes;

        Rewritten(byte[] bytes) {
            this.bytes = bytes;
        }

        byte[] bytes() {
            return bytes;
        }

        String text() {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }

        ObjectNode config() throws IOException {
            return find(Config.class).getFirst();
        }

        ObjectNode metadata() throws IOException {
            return find(SiteMetadata.class).getFirst();
        }

        private List<ObjectNode> find(Class<? extends ImageElement> type) throws IOException {
            List<ObjectNode> found = new ArrayList<>();
            read(
                    bytes,
                    element -> {
                        if (!type.isInstance(element)) return;
                        if (element instanceof Config config) found.add(config.json().deepCopy());
                        if (element instanceof SiteMetadata metadata)
                            found.add(metadata.json().deepCopy());
                    });
            return found;
        }

        CpuidPolicy cpuid() throws IOException {
            List<CpuidPolicy> found = new ArrayList<>();
            read(
                    bytes,
                    element -> {
                        if (element instanceof RecordFrame frame
                                && frame.decode() instanceof CpuidPolicy policy) found.add(policy);
                    });
            return found.getFirst();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void scrubPatternOverwritesEveryMatchToItsLength(String language) throws IOException {
        assertTrue(new Rewritten(SAMPLE).text().contains(SECRET));
        Rewritten scrubbed =
                run(
                        "scrub-pattern." + language,
                        Map.of("text", SECRET, "length", "30", "fill", "42"));
        assertFalse(scrubbed.text().contains(SECRET));
        assertTrue(scrubbed.text().contains("*".repeat(30)));
        assertEquals(SAMPLE.length, scrubbed.bytes().length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void injectMetadataKeepsKeysOfSiteAndCommand(String language) throws IOException {
        ObjectNode site = new JsonMapper().createObjectNode();
        site.putObject("metadata").put("site.owner", "web team");
        ObjectNode metadata =
                run(
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
                run(
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
                run("rename-domain." + language, Map.of("to", "{name}-copy", "uuid", uuid))
                        .config();
        assertEquals("sample-pv-copy", config.at("/c_info/name").asText());
        assertEquals(uuid, config.at("/c_info/uuid").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void remapBridgesFollowsTheSitesMap(String language) throws IOException {
        ObjectNode site = new JsonMapper().createObjectNode();
        site.putObject("bridges").put("xenbr0", "br-dmz");
        ObjectNode config = run("remap-bridges." + language, Map.of(), site).config();
        assertEquals("br-dmz", config.at("/nics/0/bridge").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void remapBridgesLeavesAnUnknownBridgeOrRefusesIt(String language) throws IOException {
        assertArrayEquals(SAMPLE, run("remap-bridges." + language, Map.of()).bytes());
        var refused =
                assertThrows(
                        PolicyRejected.class,
                        () -> run("remap-bridges." + language, Map.of("strict", "true")));
        assertTrue(refused.fault().message().contains("xenbr0"), refused.fault().message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void setCmdlineReplacesAppendsAndRemovesWords(String language) throws IOException {
        String policy = "set-cmdline." + language;
        assertEquals(
                "console=hvc0 root=/dev/xvda ro quiet",
                run(policy, Map.of("append", "ro quiet")).config().at("/b_info/cmdline").asText());
        assertEquals(
                "root=/dev/xvda",
                run(policy, Map.of("remove", "ro console=hvc0"))
                        .config()
                        .at("/b_info/cmdline")
                        .asText());
        assertEquals(
                "single",
                run(policy, Map.of("cmdline", "single")).config().at("/b_info/cmdline").asText());
        assertArrayEquals(SAMPLE, run(policy, Map.of()).bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void cpuidMaskHidesFeaturesByName(String language) throws IOException {
        CpuidPolicy before = new Rewritten(SAMPLE).cpuid();
        String feature = before.features().iterator().next();
        CpuidPolicy after = run("cpuid-mask." + language, Map.of("features", feature)).cpuid();
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
                        () -> run("cpuid-mask." + language, Map.of("features", "no-such-feature")));
        assertTrue(
                failure instanceof PolicyFailed || failure instanceof PolicyRejected,
                failure.toString());
        assertTrue(failure.toString().contains("no-such-feature"), failure.toString());
    }

    @Test
    void bothLanguagesHaveTheSamePoliciesWithTheSameParameters() throws IOException {
        for (Policy policy : HOST.library()) {
            String name = policy.name();
            Policy js = HOST.load(name + ".js");
            Policy python = HOST.load(name + ".py");
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
                for (Path file : files.toList()) {
                    String name = file.getFileName().toString();
                    assertTrue(index.lines().anyMatch(name::equals), name);
                    assertTrue(
                            document.contains("`" + name.substring(0, name.lastIndexOf('.')) + "`"),
                            name);
                }
            }
        }
    }

    private static Rewritten run(String policy, Map<String, String> parameters) throws IOException {
        return run(policy, parameters, new JsonMapper().createObjectNode());
    }

    private static Rewritten run(String policy, Map<String, String> parameters, ObjectNode site)
            throws IOException {
        RunContext context =
                RunContext.of(
                                Operation.REWRITE,
                                "sample.save",
                                "tester",
                                Instant.parse("2026-01-31T12:00:00Z"))
                        .withParameters(parameters)
                        .withSite(site);
        var out = new ByteArrayOutputStream();
        try (PolicyRun run = HOST.run(List.of(HOST.load(policy)), context, DecisionLog.none());
                ImageWriter writer =
                        xl().write(ChannelSink.over("out", Channels.newChannel(out)))) {
            try (ImageReader reader = open(SAMPLE)) {
                reader.drainTo(run.transform().onto(writer));
            }
        }
        return new Rewritten(out.toByteArray());
    }

    private static void read(byte[] bytes, ImageSink sink) throws IOException {
        try (ImageReader reader = open(bytes)) {
            reader.drainTo(sink);
        }
    }

    private static ImageReader open(byte[] bytes) throws IOException {
        return IMAGES.open(
                ChannelSource.over(
                        "sample.save", Channels.newChannel(new ByteArrayInputStream(bytes))));
    }

    private static ImageFormat xl() {
        return IMAGES.formats().stream()
                .filter(format -> format.name().equals("xl"))
                .findFirst()
                .orElseThrow();
    }

    private static byte[] sample() {
        var out = new ByteArrayOutputStream();
        try (ImageWriter writer =
                xl().write(ChannelSink.over("sample", Channels.newChannel(out)))) {
            SampleImage.of(SampleGuest.PV).withMemoryMiB(4).writeTo(writer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
