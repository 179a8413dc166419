package org.xenimage.cli.dump;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.image.Images;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.tools.dump.DumpFiles;
import org.xenimage.tools.dump.DumpWriter;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/** {@code xenimage dump}. */
@Command(
        name = "dump",
        header = "write an image as JSON and page contents",
        description = {
            "Writes an image as JSON, with its page contents in a file next to it; "
                    + "'load' turns them back into an image.",
            "DIR/image.json holds every element in stream order: headers, the config, "
                    + "records by field and as bytes, page types and PFNs. DIR/pages.bin holds "
                    + "the contents; zero pages are holes.",
            "Nothing is lost: an xl, libxl or libxc image comes back byte for byte.",
            "A dump holds what the image holds, so that it can be loaded again: passwords in the config too, "
                    + "and the contents of an encrypted image, readable by everyone who may read DIR."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage dump web1.save web1.dump",
            "  jq '.elements[] | select(.type == \"X86_CPUID_POLICY\").fields' web1.dump/image.json",
            "  xenimage load web1.dump again.save && cmp web1.save again.save"
        })
public final class DumpCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "IMAGE", description = "an image, - for standard input")
    private String image = "-";

    @Parameters(
            index = "1",
            paramLabel = "DIR",
            description =
                    "a folder that does not exist, or is empty; with --force, one with a dump")
    private Path folder = Path.of("");

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Mixin private KeyOptions keys = new KeyOptions();

    /** Called by the command line. */
    public DumpCommand() {}

    @Override
    public Integer call() throws IOException {
        try (ImageReader reader = Images.load().open(Inputs.open(image, files()), keys.reading())) {
            boolean made = make();
            boolean complete = false;
            try {
                dump(reader);
                complete = true;
            } finally {
                if (made && !complete) Files.deleteIfExists(folder);
            }
        }
        if (json()) print(JsonNodeFactory.instance.objectNode().put("output", folder.toString()));
        return 0;
    }

    /** The folder; true if it was not there. */
    private boolean make() throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(folder);
            return true;
        }
        try (Stream<Path> files = Files.list(folder)) {
            Set<String> replaced =
                    outputs.force() ? Set.of(DumpFiles.PAGES, DumpFiles.IMAGE) : Set.of();
            if (!files.allMatch(file -> replaced.contains(String.valueOf(file.getFileName()))))
                throw new IOException(
                        folder
                                + (outputs.force()
                                        ? ": has other files than a dump; choose another folder"
                                        : ": is not empty; choose another folder, or use --force to"
                                                + " replace the dump in it"));
        }
        return false;
    }

    private void dump(ImageReader reader) throws IOException {
        var progress = progress();
        try (Output pages = open(DumpFiles.PAGES);
                Output json = open(DumpFiles.IMAGE)) {
            try (var writer =
                    new DumpWriter(
                            new BufferedOutputStream(Channels.newOutputStream(file(json)), 1 << 16),
                            file(pages),
                            reader.format().name(),
                            reader.metadata())) {
                while (reader.advance(writer)) progress.at(reader.progress());
                writer.sections(reader.extras().sections(), reader.extras().known());
                writer.end();
            }
            // The JSON comes last: a folder with it is a whole dump. One of an earlier dump goes
            // first.
            if (outputs.force()) Files.deleteIfExists(folder.resolve(DumpFiles.IMAGE));
            pages.commit();
            json.commit();
        } finally {
            progress.done();
        }
    }

    private Output open(String name) throws IOException {
        return Output.open(folder.resolve(name).toString(), files(), outputs.force());
    }

    private static FileChannel file(Output output) {
        return output.sink()
                .file()
                .orElseThrow(() -> new IllegalStateException("a new file without a channel"));
    }
}
