package org.xenimage.cli.dump;

import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.Progress;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Guard;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** {@code xenimage load}. */
@Command(
        name = "load",
        description = {
            "Makes an image of a dump, edited or not, in the format that the dumped image had.",
            "Of a record's fields and body, the one that was edited wins; both edited is an error.",
            "A dump that is no well-formed image is refused, with the path in its JSON."
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

    @Option(names = "--force", description = "replace OUT if it is there")
    private boolean force;

    /** Called by the command line. */
    public LoadCommand() {}

    @Override
    public Integer call() throws IOException {
        Path image = folder.resolve(DumpFiles.IMAGE);
        var progress = new Progress(err());
        try (var reader = new DumpReader(folder)) {
            ImageFormat format = format(reader);
            WriteOptions options = WriteOptions.DEFAULT;
            for (var one : reader.metadata().entrySet())
                options = options.withMetadata(one.getKey(), one.getValue());
            long size = Files.size(image);
            try (Output output = Output.open(out, image.toString(), force)) {
                try (ImageWriter writer = format.write(output.unclosed(), options)) {
                    var guard = new Guard(reader.name(), finding -> refused(reader, finding));
                    ImageSink sink = guard.onto(writer);
                    reader.drainTo(
                            new ImageSink() {
                                @Override
                                public void accept(ImageElement element) throws IOException {
                                    sink.accept(element);
                                    progress.at("JSON", reader.position(), size);
                                }

                                @Override
                                public void end() throws IOException {
                                    sink.end();
                                }
                            });
                }
                output.commit();
            }
        } finally {
            progress.done();
        }
        return 0;
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
