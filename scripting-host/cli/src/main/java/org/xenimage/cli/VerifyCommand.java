package org.xenimage.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.label.LabelFile;
import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Plural;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.seal.Provenance;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Rule;
import org.xenimage.image.verify.Severity;
import org.xenimage.image.verify.Verifier;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/** {@code xenimage verify}: every finding with its offset and rule. */
@Command(
        name = "verify",
        header = "check images against the specifications",
        description = {
            "Checks images against the specifications of their formats and lists every "
                    + "finding with its offset and rule.",
            "For a native image, all content is checked against its digest, and its "
                    + "signatures are checked too. For other formats page contents are not read.",
            "Errors make the exit status 1; warnings and notes do not."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage verify web1.save",
            "  xenimage verify --json *.save",
            "  zstdcat web1.save.zst | xenimage verify -"
        })
final class VerifyCommand extends Subcommand {
    /**
     * The stored findings of an image: a stream with a billion bad entries must not exhaust memory.
     */
    private static final int KEPT = 1000;

    private static final JsonMapper JSON = new JsonMapper();

    @Parameters(
            paramLabel = "IMAGE",
            arity = "1..*",
            description = "the images, - for standard input")
    private List<String> images = List.of();

    @Option(
            names = "--reading",
            paramLabel = "READING",
            description =
                    "verify: report reserved fields and padding too (default); restore: check only "
                            + "what a receiver checks")
    private Reading reading = Reading.VERIFY;

    @Option(names = "--strict", description = "exit with status 1 also for warnings")
    private boolean strict;

    @Mixin private KeyOptions keys = new KeyOptions();

    @Override
    public Integer call() throws IOException {
        boolean good = true;
        for (String image : images) good &= verify(image);
        return good ? 0 : ExitStatus.AT_FAULT;
    }

    /** The findings on one image, counted all, kept up to a bound. */
    private static final class Outcome {
        final List<Finding> listed = new ArrayList<>();
        final Map<Severity, Integer> counts = new EnumMap<>(Severity.class);
        final SequencedSet<String> signers = new LinkedHashSet<>();
        String format = "";
        String digest = "";

        void add(Finding finding) {
            counts.merge(finding.severity(), 1, Integer::sum);
            if (listed.size() < KEPT) listed.add(finding);
        }

        int count(Severity severity) {
            return counts.getOrDefault(severity, 0);
        }
    }

    private boolean verify(String name) throws IOException {
        var outcome = new Outcome();
        var progress = progress();
        try (ByteSource source = Inputs.open(name, files());
                ImageReader reader = Images.load().open(source, keys.reading())) {
            outcome.format = reader.format().name();
            var verifier = new Verifier(source.name(), reading, outcome::add);
            ImageSink sink = reader.digested() ? element -> digested(verifier, element) : verifier;
            while (reader.advance(sink)) progress.at(reader.progress());
            verifier.end();
            reader.extras().check();
            provenance(name, files(), keys.reading(), outcome);
            String missing = reader.metadata().get(Container.PARTIAL);
            if (missing != null) outcome.add(partial(source.name(), missing));
        } catch (ImageException e) {
            outcome.add(new Finding(Rule.READABLE, Severity.ERROR, e.fault()));
        } finally {
            progress.done();
        }
        TextOutput out = out();
        if (json()) out.println(JSON.writeValueAsString(toJson(name, outcome)));
        else print(out, name, outcome);
        out.flush();
        return outcome.count(Severity.ERROR) == 0
                && !(strict && outcome.count(Severity.WARNING) > 0);
    }

    /** The digest of the image sees only what is read. */
    private static void digested(Verifier verifier, ImageElement element) throws IOException {
        verifier.accept(element);
        ImageSink.DISCARD.accept(element);
    }

    private static void provenance(
            String name, RunFiles files, ReadOptions options, Outcome outcome) throws IOException {
        Optional<LabelFile> file = LabelFile.find(name, files, options);
        if (file.isEmpty()) return;
        try (LabelFile open = file.get()) {
            Provenance provenance = open.label().provenance();
            outcome.digest = provenance.digest();
            for (Statement statement : provenance.statements()) {
                for (Statement.Signed signature : statement.signatures()) {
                    if (statement.verifies(signature))
                        outcome.signers.add(signature.key().toString());
                }
            }
            for (String fault : provenance.faults()) {
                outcome.add(
                        new Finding(
                                Rule.PROVENANCE,
                                Severity.ERROR,
                                Fault.in(name).element("provenance").problem(fault)));
            }
        }
    }

    private static Finding partial(String name, String missing) {
        return new Finding(
                Rule.PARTIAL,
                Severity.ERROR,
                Fault.in(name)
                        .element("image")
                        .problem("is partial: it was recovered from a damaged image")
                        .found(missing.replace("\n", "; "))
                        .remedy("it can be inspected but not restored"));
    }

    private void print(PrintWriter out, String name, Outcome outcome) {
        for (Finding finding : outcome.listed) {
            if (quiet() && finding.severity() != Severity.ERROR) continue;
            out.println(
                    "%-7s %s"
                            .formatted(
                                    finding.severity().name().toLowerCase(Locale.ROOT), finding));
        }
        int all = outcome.counts.values().stream().mapToInt(Integer::intValue).sum();
        if (all > outcome.listed.size())
            out.println("… and " + (all - outcome.listed.size()) + " more findings");
        boolean good = outcome.count(Severity.ERROR) == 0;
        if (quiet() && good) return;
        for (String signer : outcome.signers) out.println("signed by " + signer);
        out.println(
                "%s: %s%s"
                        .formatted(
                                name,
                                good ? "well formed" : "not well formed",
                                all == 0
                                        ? ""
                                        : " (%s, %s, %s)"
                                                .formatted(
                                                        Plural.of(
                                                                outcome.count(Severity.ERROR),
                                                                "error"),
                                                        Plural.of(
                                                                outcome.count(Severity.WARNING),
                                                                "warning"),
                                                        Plural.of(
                                                                outcome.count(Severity.NOTE),
                                                                "note"))));
    }

    private static ObjectNode toJson(String name, Outcome outcome) {
        ObjectNode report = JSON.createObjectNode();
        report.put("image", name);
        report.put("format", outcome.format);
        report.put("wellFormed", outcome.count(Severity.ERROR) == 0);
        report.put("errors", outcome.count(Severity.ERROR));
        report.put("warnings", outcome.count(Severity.WARNING));
        report.put("notes", outcome.count(Severity.NOTE));
        if (!outcome.digest.isEmpty()) {
            report.put("digest", outcome.digest);
            ArrayNode signers = report.putArray("signedBy");
            outcome.signers.forEach(signers::add);
        }
        ArrayNode findings = report.putArray("findings");
        for (Finding finding : outcome.listed) {
            Fault fault = finding.fault();
            ObjectNode node = findings.addObject();
            node.put("severity", finding.severity().name().toLowerCase(Locale.ROOT));
            node.put("rule", finding.rule().id());
            if (fault.offset() != Fault.NO_OFFSET) node.put("offset", fault.offset());
            node.put("element", fault.element());
            node.put("field", fault.field());
            node.put("expected", fault.expected());
            node.put("found", fault.found());
            node.put("message", fault.message());
        }
        return report;
    }
}
