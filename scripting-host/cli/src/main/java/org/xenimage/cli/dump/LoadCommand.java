package org.xenimage.cli.dump;

import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.Progress;
import org.xenimage.cli.output.Subcommand;
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
import picocli.CommandLine.Option;
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
        RunFiles files = files();
        Path image = folder.resolve(DumpFiles.IMAGE);
        files.reading(image);
        files.reading(folder.resolve(DumpFiles.PAGES));
        var progress = new Progress(err());
        try (var dump = new DumpReader(folder)) {
            var reader = new DumpedImage(dump, format(dump), Files.size(image));
            try (Output output = Output.open(out, files, force)) {
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
        } finally {
            progress.done();
        }
        return 0;
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
