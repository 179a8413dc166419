package org.xenimage.cli.section;

import org.xenimage.cli.label.AuthorOptions;
import org.xenimage.cli.label.LabelFile;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.Needs;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SiteSection;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** {@code xenimage section add}. */
@Needs(work = Needs.Work.BRIEF)
@Command(
        name = "add",
        header = "store a file in an image as a site section",
        description = {
            "Stores a file as a site section in a native image, in place. The section is compressed and "
                    + "encrypted like the rest of the image. If the image has a provenance chain, a statement "
                    + "is added. Existing signatures do not cover the new section: sign the image again.",
            "All sections of an image may have at most 64 MiB together."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage section add web1.native example.console-log console.txt --type text/plain",
            "  xenimage section add web1.native example.screenshot screen.png --type image/png",
            "  xenimage section add web1.native example.console-log newer.txt --type text/plain --replace"
        })
final class SectionAdd extends SectionFile {
    @Parameters(
            index = "1",
            paramLabel = "NAME",
            description = "a namespace, a dot and a name, such as example.console-log")
    private String name = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "FILE",
            description = "the content, - for standard input")
    private String from = "-";

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "the type of the content (default: binary)")
    private String type = "binary";

    @Option(
            names = "--mandatory",
            description = "a reader that does not know the section must refuse the image")
    private boolean mandatory;

    @Option(names = "--replace", description = "replace a section of this name")
    private boolean replace;

    @Mixin private AuthorOptions author = new AuthorOptions();

    @Override
    public Integer call() throws IOException, CommandFailed {
        requireName(name);
        SectionHead.typeProblem(type)
                .ifPresent(problem -> {
                    throw misused("--type: " + problem);
                });
        SiteSection made = SiteSection.of(name, type, mandatory, content());
        try (LabelFile file = open(true)) {
            file.label()
                    .changeSections(sections -> changed(sections, made), author.draft("section"));
        }
        if (json()) print(tree(made.head()));
        return 0;
    }

    private List<SiteSection> changed(List<SiteSection> sections, SiteSection made)
            throws CommandFailed {
        List<SiteSection> all = new ArrayList<>(sections);
        int at = heads(all).stream().map(SectionHead::name).toList().indexOf(name);
        if (at >= 0 && !replace)
            throw new CommandFailed(
                    "%s: already has a section %s; use --replace to replace it"
                            .formatted(image(), name));
        if (at >= 0) all.set(at, made);
        else all.add(made);
        return all;
    }

    private MemorySegment content() throws IOException {
        try (ByteSource source = Inputs.open(from, files())) {
            long most = SectionHead.LENGTH_MAX;
            long size = source.size().orElse(most + 1);
            MemorySegment bytes = Arena.ofAuto().allocate(Math.min(size, most) + 1, 8);
            long length = source.read(bytes);
            if (length > most)
                throw new LimitExceeded(
                        Fault.in(from)
                                .expected("at most 0x%x bytes".formatted(most))
                                .found("more")
                                .remedy("store large data outside the image"));
            return bytes.asSlice(0, length);
        }
    }
}
