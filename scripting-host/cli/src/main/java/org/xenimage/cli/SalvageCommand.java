package org.xenimage.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.DryRunOption;
import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.Plural;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.Images;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.page.PfnSet;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.tools.salvage.Salvage;
import org.xenimage.tools.salvage.SalvageReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * {@code xenimage salvage}: recovers the intact parts of a damaged image, as a native image that
 * lists what is missing.
 */
@Command(
        name = "salvage",
        header = "recover the intact parts of a damaged image",
        description = {
            "Recovers config, metadata, intact records and intact pages from a truncated or "
                    + "damaged image of any format, into a native image that is marked as partial. "
                    + "Nothing is made up. A partial image can be inspected, compared and dumped, but "
                    + "not restored. The output for an encrypted image is encrypted with the "
                    + "same keys.",
            "IN is read twice, so it must be a file. Exit status 1 means that no page could be recovered."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage salvage broken.save saved.native",
            "  xenimage salvage broken.native --dry-run --json | jq .lost",
            "  xenimage salvage headless.bin rescued.native --from xl",
            "",
            "Exit status:",
            "  0  something was recovered",
            "  1  nothing was recovered"
        })
final class SalvageCommand extends Subcommand {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int SHOWN = 20;
    private static final String NOTHING = "nothing could be recovered";
    private static final String NO_PAGE =
            "no page could be recovered: OUT holds nothing of the guest's memory";

    @Parameters(index = "0", paramLabel = "IN", description = "a damaged image, a file")
    private String in = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "OUT", description = "the new image")
    private String out = "";

    @Option(
            names = "--from",
            paramLabel = "FORMAT",
            description = "treat IN as this format, whatever its first bytes are")
    private String from = "";

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            description = "native (default) or native-stream")
    private String to = "native";

    @Mixin private DryRunOption dryRun = new DryRunOption();

    @Mixin private KeyOptions keys = new KeyOptions();

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        if (out.isEmpty() && !dryRun.wanted())
            throw misused("OUT is missing; it is optional only with --dry-run");
        Images images = Images.load();
        Conversion.Target target =
                Conversion.Target.of(to)
                        .filter(
                                List.of(Conversion.Target.NATIVE, Conversion.Target.NATIVE_STREAM)
                                        ::contains)
                        .orElseThrow(() ->
                                misused(
                                        "--to: expected native or native-stream, found '"
                                                + to
                                                + "'"));
        ImageFormat writer = format(images, "--to", target.format());
        Optional<ImageFormat> assumed =
                from.isEmpty() ? Optional.empty() : Optional.of(format(images, "--from", from));
        RunFiles files = files();
        Inputs.open(in, files).close();
        if (!Inputs.rereadable(in)) throw misused("IN is read twice: use a file, not a pipe");
        ReadOptions reading = keys.reading();
        var progress = progress();
        Salvage salvage = Salvage.survey(images, () -> Inputs.open(in, files), assumed, reading);
        progress.done();
        SalvageReport report = salvage.report();
        List<String> remarks = List.of();
        if (report.anything() && !dryRun.wanted()) {
            try (Output output = Output.open(out, files, outputs.force())) {
                remarks = salvage.write(writer, output.sink(), WriteOptions.DEFAULT);
                output.commit();
            }
        }
        tell(report, remarks);
        return report.pages() > 0 || report.intact() ? 0 : ExitStatus.AT_FAULT;
    }

    private ImageFormat format(Images images, String option, String name) {
        return images.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        misused(
                                "%s: expected %s; found '%s'"
                                        .formatted(
                                                option,
                                                images.formats().stream()
                                                        .map(ImageFormat::name)
                                                        .collect(Collectors.joining(", ")),
                                                name)));
    }

    @Override
    protected boolean standardOutputIsData() {
        return out.equals("-");
    }

    private void tell(SalvageReport report, List<String> remarks) throws IOException {
        TextOutput to = reports();
        if (json()) to.println(JSON.writeValueAsString(toJson(report, remarks)));
        else if (!quiet()) print(to, report, remarks);
        else if (!report.anything()) err().println("xenimage: " + in + ": " + NOTHING);
        else if (report.pages() == 0 && !report.intact())
            err().println("xenimage: " + in + ": " + NO_PAGE);
        to.flush();
    }

    private void print(PrintWriter to, SalvageReport report, List<String> remarks) {
        to.println(in + ", read as " + report.format());
        String elements =
                report.elements().entrySet().stream()
                        .map(one ->
                                one.getValue() == 1
                                        ? one.getKey()
                                        : one.getKey() + " ×" + one.getValue())
                        .collect(Collectors.joining(", "));
        line(to, "recovered", Plural.of(report.pages(), "page") + "; " + elements);
        if (report.intact()) line(to, "lost", "nothing: the image is intact");
        List<String> missing = report.missing();
        for (String one : missing.subList(0, Math.min(SHOWN, missing.size())))
            line(
                    to,
                    one.startsWith("added: ") ? "added" : "lost",
                    one.replaceFirst("^added: ", ""));
        if (missing.size() > SHOWN)
            line(to, "", "and " + (missing.size() - SHOWN) + " more; --json lists all");
        for (String remark : remarks) line(to, "warning", remark);
        if (!report.anything()) line(to, "", NOTHING);
        else if (report.pages() == 0 && !report.intact()) line(to, "", NO_PAGE);
        if (dryRun.wanted()) line(to, "", DryRunOption.NOTE);
    }

    private static void line(PrintWriter out, String name, String text) {
        out.println("  %-10s %s".formatted(name, text));
    }

    private ObjectNode toJson(SalvageReport report, List<String> remarks) {
        ObjectNode node = JSON.createObjectNode();
        node.put("image", in);
        node.put("format", report.format());
        node.put("whole", report.intact());
        ObjectNode recovered = node.putObject("recovered");
        recovered.put("pages", report.pages());
        ObjectNode elements = recovered.putObject("elements");
        report.elements().forEach(elements::put);
        ArrayNode losses = node.putArray("lost");
        for (SalvageReport.Loss loss : report.losses())
            losses.addObject()
                    .put("offset", loss.offset())
                    .put("bytes", loss.bytes())
                    .put("what", loss.what());
        node.put("lostCount", report.lossCount());
        node.put("lostBytes", report.bytesLost());
        node.put("lostPages", report.lostPageCount());
        ArrayNode ranges = node.putArray("lostPageRanges");
        for (PfnSet.Range range : report.lostPages())
            ranges.addArray().add(range.first()).add(range.last());
        ArrayNode added = node.putArray("added");
        report.added().forEach(added::add);
        ArrayNode remarked = node.putArray("remarks");
        remarks.forEach(remarked::add);
        return node;
    }
}
