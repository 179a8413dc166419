package org.xenimage.cli.extract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.SecretsOption;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.Images;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.spi.ImageReader;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;

/** {@code xenimage extract metadata}. */
@Needs(work = Needs.Work.BRIEF)
@Command(
        name = "metadata",
        header = "extract the site metadata",
        description = "Extracts the site metadata as JSON; an empty object if there is none.",
        footerHeading = "%nExamples:%n",
        footer = {"  xenimage extract metadata web1.save"})
final class ExtractMetadata extends Subcommand {
    @Parameters(paramLabel = "IMAGE", description = "an image, - for standard input")
    private String image = "-";

    @Mixin private PartOutput output = new PartOutput();

    @Mixin private SecretsOption secrets = new SecretsOption();

    @Mixin private KeyOptions keys = new KeyOptions();

    @Override
    public Integer call() throws IOException {
        var json = new JsonMapper();
        JsonNode[] found = {json.createObjectNode()};
        boolean[] past = {false};
        try (ImageReader reader = Images.load().open(Inputs.open(image, files()), keys.reading())) {
            while (!past[0]
                    && reader.advance(element -> {
                        if (element instanceof SiteMetadata metadata) found[0] = metadata.json();
                        past[0] =
                                element instanceof SiteMetadata
                                        || element instanceof org.xenimage.image.element.LibxlHeader
                                        || element
                                                instanceof org.xenimage.image.element.LibxcHeader;
                    })) {}
        }
        String text = found[0].toPrettyString();
        if (output.seen()) PartOutput.show(out(), text, found[0], secrets.secrets());
        else output.write(text + "\n");
        return 0;
    }
}
