package org.xenimage.cli.info;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.cli.label.LabelFile;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.SecretsOption;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.KeyRefused;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.section.SectionLayout;
import org.xenimage.image.section.SiteSection;
import org.xenimage.image.spi.Container;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Verifier;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code xenimage info}. */
@Command(
        name = "info",
        header = "show what an image holds",
        description =
                "Shows what images hold: the guest, the Xen that saved it, config, records, "
                        + "pages and metadata. Page contents are not read.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage info web1.save",
            "  xenimage info --records web1.save",
            "  xenimage info --json web1.save | jq .pages",
            "  ssh host cat web1.save | xenimage info -"
        })
public final class InfoCommand extends Subcommand {
    @Parameters(
            paramLabel = "IMAGE",
            arity = "1..*",
            description = "the images, - for standard input")
    private List<String> images = new ArrayList<>();

    @Option(
            names = "--records",
            description = "list every record except PAGE_DATA, with its offset and length")
    private boolean records;

    @Mixin private SecretsOption secrets = new SecretsOption();

    @Mixin private KeyOptions keys = new KeyOptions();

    /** Called by the command line. */
    public InfoCommand() {}

    @Override
    public Integer call() throws IOException {
        boolean complete = true;
        for (String image : images) complete &= show(image);
        return complete ? 0 : 1;
    }

    /** What can be read of an encrypted image without its key. */
    private void sealed(String name, PrintWriter out, String fault) throws IOException {
        Optional<LabelFile> file = LabelFile.find(name, files(), keys.reading());
        if (file.isEmpty()) return;
        try (ByteSource source = Inputs.open(name, files());
                LabelFile open = file.get()) {
            var report =
                    new InfoReport(
                            name,
                            Images.load().recognise(source),
                            source.size(),
                            secrets.secrets());
            Container container = open.label().container();
            if (json()) out.println(report.sealedJson(container, fault));
            else report.printSealed(out, container);
        }
    }

    /** The fields of the sections that the site describes; of one that is not so, what is wrong. */
    private static Map<String, JsonNode> fields(ImageExtras extras) throws IOException {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        if (extras.known().layouts().isEmpty()) return fields;
        for (SiteSection section : extras.sections()) {
            Optional<SectionLayout> layout = extras.known().layout(section.head());
            if (layout.isEmpty()) continue;
            try {
                fields.put(section.name(), layout.get().decode(section.content()));
            } catch (IllegalArgumentException e) {
                fields.put(
                        section.name(),
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("problem", "not as the schema says: " + e.getMessage()));
            }
        }
        return fields;
    }

    private boolean show(String name) throws IOException {
        TextOutput err = err();
        TextOutput out = out();
        var summary = new ImageSummary();
        var progress = progress();
        String fault = "";
        try (ByteSource source = Inputs.open(name, files());
                ImageReader reader = Images.load().open(source, keys.reading())) {
            var report = new InfoReport(name, reader.format(), source.size(), secrets.secrets());
            try {
                summary.partial = reader.metadata().getOrDefault(Container.PARTIAL, "");
                var verifier = new Verifier(name, Reading.VERIFY, summary::found);
                ImageSink sink =
                        element -> {
                            summary.accept(element);
                            verifier.accept(element);
                        };
                while (reader.advance(sink)) progress.at(reader.progress());
            } catch (ImageException e) {
                fault = e.fault().message();
            }
            progress.done();
            Optional<Container> container = reader.container();
            if (fault.isEmpty()) report.fields(fields(reader.extras()));
            if (json()) out.println(report.json(summary, container, fault));
            else report.print(out, summary, container, records, fault);
        } catch (KeyRefused e) {
            fault = e.fault().message();
            sealed(name, out, fault);
        }
        out.flush();
        if (!fault.isEmpty()) err.println("xenimage: " + fault);
        return fault.isEmpty();
    }
}
