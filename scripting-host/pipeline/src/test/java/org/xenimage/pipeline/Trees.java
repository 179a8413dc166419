package org.xenimage.pipeline;

import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.pipeline.BulkRequest.Choice;
import org.xenimage.pipeline.ImageOutcome.Status;
import org.xenimage.sample.SampleGuest;
import org.xenimage.sample.SampleImage;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;
import org.xenimage.tests.testkit.PlainWords;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Trees of small images, and runs over them. */
final class Trees {
    /** Marks the domain's name, which every sample has. */
    static final String RENAME =
            """
            export const policy = { api: 1, name: 'rename', version: '1' };
            let calls = 0;
            export function onConfig(config, ctx) {
              calls++;
              if (config.c_info.name === 'veto') ctx.veto('not this one');
              config.c_info.name = 'copy-of-' + config.c_info.name + '-' + calls;
            }
            """;

    private Trees() {}

    private static final class Shared {
        static final PolicyHost HOST = PolicyHost.open(HostOptions.defaults());
    }

    static PolicyHost host() {
        return Shared.HOST;
    }

    static Policy policy(String source) throws IOException {
        return host().parse("tested.js", Language.JAVASCRIPT, source);
    }

    /** Writes an image of a mebibyte or so. */
    static Path image(Path file, String name) throws IOException {
        Files.createDirectories(file.getParent());
        Path made = Files.createTempDirectory("sample").resolve("image");
        ImageFormat xl =
                Images.load().formats().stream()
                        .filter(format -> format.name().equals("xl"))
                        .findFirst()
                        .orElseThrow();
        try (ImageWriter writer = xl.write(ChannelSink.create(made))) {
            SampleImage.of(SampleGuest.PVH).withMemoryMiB(1).withName(name).writeTo(writer);
        }
        Files.move(made, file);
        Files.delete(made.getParent());
        return file;
    }

    static BulkRequest request(Path in, Path out) throws IOException {
        return new BulkRequest(
                List.of(in),
                out,
                List.of(policy(RENAME)),
                RunContext.of(
                        Operation.REWRITE, "bulk", "me", Instant.parse("2026-01-31T12:00:00Z")),
                Optional.empty(),
                2,
                Set.of());
    }

    static BulkRequest with(BulkRequest request, Choice... choices) {
        return new BulkRequest(
                request.inputs(),
                request.out(),
                request.policies(),
                request.context(),
                request.target(),
                request.workers(),
                Set.of(choices));
    }

    static BulkRequest with(BulkRequest request, List<Policy> policies) {
        return new BulkRequest(
                request.inputs(),
                request.out(),
                policies,
                request.context(),
                request.target(),
                request.workers(),
                request.choices());
    }

    /** What a run reported. */
    record Ran(BulkSummary summary, Map<String, ImageOutcome> outcomes) {
        Status status(String name) {
            return outcome(name).status();
        }

        String reason(String name) {
            return outcome(name).reason();
        }

        ImageOutcome outcome(String name) {
            ImageOutcome outcome = outcomes.get(name);
            if (outcome == null) throw new AssertionError(name + " is not among " + outcomes);
            return outcome;
        }
    }

    static Ran run(BulkRequest request) throws IOException, InterruptedException {
        try (BulkRun run = BulkRun.open(request, host())) {
            return watch(run);
        }
    }

    static Ran watch(BulkRun run) throws IOException, InterruptedException {
        List<ImageOutcome> reported = new ArrayList<>();
        BulkSummary summary = run.run(reported::add);
        Map<String, ImageOutcome> outcomes = new TreeMap<>();
        for (ImageOutcome outcome : reported) PlainWords.require(outcome.reason());
        for (ImageOutcome outcome : reported)
            if (outcomes.put(outcome.name(), outcome) != null)
                throw new AssertionError(outcome.name() + " was reported twice");
        return new Ran(summary, outcomes);
    }

    static String message(Throwable failure) {
        return Objects.toString(failure.getMessage(), "");
    }

    /** Every file below a folder but the run's own, by its path, as its digest. */
    static Map<String, String> digests(Path folder) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        for (Path file : files(folder))
            digests.put(
                    folder.relativize(file).toString(),
                    new FileDigests().of(file, () -> {}).sha256());
        return digests;
    }

    static List<Path> files(Path folder) throws IOException {
        if (!Files.exists(folder)) return List.of();
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().contains(OutFolder.OWN))
                    .sorted()
                    .toList();
        }
    }

    /** What lies in the place for outputs that are not whole. */
    static List<Path> unfinished(Path out) throws IOException {
        try (Stream<Path> files = Files.list(out.resolve(OutFolder.OWN).resolve("new"))) {
            return files.toList();
        }
    }

    /** How many lines of the journal are about each image. */
    static Map<String, Long> journalled(Path out) throws IOException {
        return Files.readAllLines(journal(out)).stream()
                .filter(line -> line.contains("\"file\":"))
                .map(line -> line.replaceFirst(".*\"file\":\"([^\"]*)\".*", "$1"))
                .collect(Collectors.groupingBy(name -> name, Collectors.counting()));
    }

    static Path journal(Path out) {
        return out.resolve(OutFolder.OWN).resolve("journal");
    }

    /** The domain's name in an image. */
    static String domain(Path image) throws IOException {
        var names = new ArrayList<String>();
        ImageSink sink =
                element -> {
                    if (element instanceof Config config)
                        names.add(config.json().path("c_info").path("name").asText());
                };
        Images images = Images.load();
        try (var source = ChannelSource.open(image);
                var reader = images.open(source)) {
            reader.drainTo(sink);
        }
        return String.join(",", names);
    }
}
