package org.xenimage.cli.extract;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.SecretsOption;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.Images;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.spi.ImageReader;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** {@code xenimage extract config}. */
@Needs(work = Needs.Work.BRIEF)
@Command(
        name = "config",
        header = "extract the config",
        description =
                "Extracts the toolstack's config unchanged, without its trailing NUL. On a terminal, values "
                        + "whose keys look secret are shown as (secret), and control characters are escaped.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage extract config web1.save",
            "  xenimage extract config web1.save | jq .c_info.name"
        })
final class ExtractConfig extends Subcommand {
    @Parameters(paramLabel = "IMAGE", description = "an image, - for standard input")
    private String image = "-";

    @Mixin private PartOutput output = new PartOutput();

    @Mixin private SecretsOption secrets = new SecretsOption();

    @Mixin private KeyOptions keys = new KeyOptions();

    @Override
    public Integer call() throws IOException, CommandFailed {
        Config config = read().orElseThrow(() -> new CommandFailed(image + ": has no config"));
        byte[] text = text(config);
        if (output.seen())
            PartOutput.show(
                    out(),
                    new String(text, StandardCharsets.UTF_8),
                    config.json(),
                    secrets.secrets());
        else output.write(text);
        return 0;
    }

    private static byte[] text(Config config) throws IOException {
        byte[] bytes = config.bytes().all().toArray(ValueLayout.JAVA_BYTE);
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] == 0) length--;
        return Arrays.copyOf(bytes, length);
    }

    private Optional<Config> read() throws IOException {
        var found = new ConfigSink();
        try (ImageReader reader = Images.load().open(Inputs.open(image, files()), keys.reading())) {
            while (!found.past && reader.advance(found)) {}
        }
        return found.config;
    }

    private static final class ConfigSink implements ImageSink {
        private Optional<Config> config = Optional.empty();
        private boolean past;

        @Override
        public void accept(ImageElement element) throws IOException {
            switch (element) {
                case Config found -> {
                    config = Optional.of(found.detach());
                    past = true;
                }
                case XlHeader _, LibvirtHeader _, XenopsdHeader _, SiteMetadata _ -> {}
                case LibxlHeader _,
                        LibxcHeader _,
                        RecordFrame _,
                        PageBatch _,
                        StreamEnd _,
                        TrailingBytes _ ->
                        past = true;
            }
        }
    }
}
