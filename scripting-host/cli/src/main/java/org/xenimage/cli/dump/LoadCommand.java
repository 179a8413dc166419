package org.xenimage.cli.dump;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.cli.output.DryRunOption;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.Images;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.io.RunFiles;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ReadOptions;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Guard;
import org.xenimage.tools.dump.DumpFiles;
import org.xenimage.tools.dump.DumpedImage;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "OUT",
            description = "the image, - for standard output")
    private String out = "";

    @Mixin private DryRunOption dryRun = new DryRunOption();

    @Mixin private OutputOptions outputs = new OutputOptions();

    /** Accepts all site sections when the output is read back, because the dump defines them. */
    private static final ReadOptions ANY = new ReadOptions(List.of(), SectionRegistry.ALL);

    /** Called by the command line. */
    public LoadCommand() {}

    @Override
    public Integer call() throws IOException {
        if (out.isEmpty() && !dryRun.wanted())
            throw misused("OUT is missing; it is optional only with --dry-run");
        RunFiles files = files();
        Path image = folder.resolve(DumpFiles.IMAGE);
        files.reading(image);
        files.reading(folder.resolve(DumpFiles.PAGES));
        var progress = progress();
        try (var dump = DumpedImage.open(folder, Images.load())) {
            if (dryRun.wanted()) {
                beside(dump, progress, _ -> {});
                if (!quiet() && !json()) out().println(DryRunOption.NOTE);
                return 0;
            }
            try (Output output = Output.open(out, files, outputs.force())) {
                if (Files.isRegularFile(output.path())) {
                    write(dump, progress, output.sink());
                    readBack(output.path(), dump);
                } else {
                    beside(dump, progress, made -> pass(made, output.sink()));
                }
                output.commit();
            }
            if (json()) print(JsonNodeFactory.instance.objectNode().put("output", out));
        } finally {
            progress.done();
        }
        return 0;
    }

    private static void write(DumpedImage dump, ProgressLine progress, ByteSink sink)
            throws IOException {
        Rewrite.of(dump)
                .guardedBy(new Guard(dump.name(), finding -> refused(dump, finding)))
                .with(options -> {
                    for (var one : dump.metadata().entrySet())
                        options = options.withMetadata(one.getKey(), one.getValue());
                    return options.withSections(_ -> dump.sections());
                })
                .watchedBy(progress::at)
                .to(dump.format(), sink);
    }

    /** Makes a temporary file first: for a pipe, which cannot be read back, and for a dry run. */
    private static void beside(DumpedImage dump, ProgressLine progress, Delivery delivery)
            throws IOException {
        Path folder = Files.createTempDirectory("xenimage-");
        Path made = folder.resolve("loaded");
        try {
            try (ChannelSink file = ChannelSink.create(made)) {
                write(dump, progress, file);
            }
            readBack(made, dump);
            delivery.of(made);
        } finally {
            Files.deleteIfExists(made);
            Files.delete(folder);
        }
    }

    /** Passes on an image that was read back. */
    @FunctionalInterface
    private interface Delivery {
        void of(Path made) throws IOException;
    }

    private static void pass(Path made, ByteSink sink) throws IOException {
        try (ByteSource again = ChannelSource.open(made)) {
            again.moveTo(sink, Files.size(made));
        }
    }

    /** Reads what was made as every other command would: an edit can say what no reader takes. */
    private static void readBack(Path made, DumpedImage from) throws IOException {
        Fault place = Fault.in(from.name());
        try (ImageReader reader = Images.load().open(ChannelSource.open(made), ANY)) {
            if (!reader.format().name().equals(from.format().name()))
                throw new CorruptImage(
                        place.field("format")
                                .expected("elements of " + from.format().name())
                                .found("those of " + reader.format().name()));
            Rewrite.of(reader).dryRun();
        } catch (ImageException e) {
            throw new CorruptImage(
                    place.problem(
                                    "makes an image that cannot be read: "
                                            + ofTheImage(e.fault()).message())
                            .remedy("undo the last edit"),
                    e);
        }
    }

    /** The same fault, without the name of a temporary file. */
    private static Fault ofTheImage(Fault fault) {
        return new Fault(
                "the image",
                fault.offset(),
                fault.element(),
                fault.field(),
                fault.expected(),
                fault.found(),
                fault.problem(),
                fault.remedy());
    }

    @Override
    protected boolean standardOutputIsData() {
        return out.equals("-");
    }

    /** The fault of an edit, with its place in the JSON. */
    private static CorruptImage refused(DumpedImage dump, Finding finding) {
        Fault fault = finding.fault();
        return dump.path().isEmpty()
                ? new CorruptImage(fault)
                : new CorruptImage(fault.element(dump.path() + ", " + fault.element()));
    }
}
