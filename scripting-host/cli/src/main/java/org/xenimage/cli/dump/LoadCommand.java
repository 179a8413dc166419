package org.xenimage.cli.dump;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.Progress;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Guard;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** {@code xenimage load}. */
@Command(
        name = "load",
        header = "make an image from a dump",
        description = {
            "Makes an image from a dump, edited or not, in the format of the image that was "
                    + "dumped.",
            "If a record's fields or its body were edited, the edited one counts; if both "
                    + "were, that is an error.",
            "A dump that is not a well-formed image is refused, with the path in its JSON."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage dump web1.save web1.dump",
            "  sed -i 's/\"name\" : \"web1\"/\"name\" : \"web2\"/' web1.dump/image.json",
            "  xenimage load web1.dump web2.save"
        })
public final class LoadCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "DIR", description = "a folder that dump made")
    private Path folder = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "the image, - for standard output")
    private String out = "-";

    @Mixin private OutputOptions outputs = new OutputOptions();

    /** Called by the command line. */
    public LoadCommand() {}

    @Override
    public Integer call() throws IOException {
        RunFiles files = files();
        Path image = folder.resolve(DumpFiles.IMAGE);
        files.reading(image);
        files.reading(folder.resolve(DumpFiles.PAGES));
        var progress = new Progress(err());
        try (var dump = new DumpReader(folder)) {
            var reader = new DumpedImage(dump, format(dump), Files.size(image));
            try (Output output = Output.open(out, files, outputs.force())) {
                Rewrite.of(reader)
                        .guardedBy(new Guard(reader.name(), finding -> refused(dump, finding)))
                        .with(options -> {
                            for (var one : dump.metadata().entrySet())
                                options = options.withMetadata(one.getKey(), one.getValue());
                            return options;
                        })
                        .watchedBy(progress::at)
                        .to(reader.format(), output.sink());
                output.commit();
            }
            if (json()) print(JsonNodeFactory.instance.objectNode().put("output", out));
        } finally {
            progress.done();
        }
        return 0;
    }

    @Override
    public TextOutput reports() {
        return out.equals("-") ? err() : out();
    }

    /** A dump as an image to rewrite. */
    private record DumpedImage(DumpReader dump, ImageFormat format, long size)
            implements ImageReader {
        @Override
        public String name() {
            return dump.name();
        }

        @Override
        public SequencedMap<String, String> metadata() {
            return dump.metadata();
        }

        @Override
        public org.xenimage.image.spi.Progress progress() {
            return new org.xenimage.image.spi.Progress(dump.position(), OptionalLong.of(size));
        }

        @Override
        public boolean advance(ImageSink sink) throws IOException {
            return dump.advance(sink);
        }

        @Override
        public void close() throws IOException {
            dump.close();
        }
    }

    private static ImageFormat format(DumpReader reader) throws CorruptImage {
        Images images = Images.load();
        return images.formats().stream()
                .filter(format -> format.name().equals(reader.format()))
                .findFirst()
                .orElseThrow(() ->
                        new CorruptImage(
                                Fault.in(reader.name())
                                        .field("format")
                                        .expected(
                                                "one of "
                                                        + images.formats().stream()
                                                                .map(ImageFormat::name)
                                                                .collect(Collectors.joining(", ")))
                                        .found(DumpedElement.shown(reader.format()))));
    }

    /** The fault of an edit: the place in the JSON goes before what is there. */
    private static CorruptImage refused(DumpReader reader, Finding finding) {
        Fault fault = finding.fault();
        return reader.path().isEmpty()
                ? new CorruptImage(fault)
                : new CorruptImage(fault.element(reader.path() + ", " + fault.element()));
    }
}
