package org.xenimage.cli.section;

import org.xenimage.cli.label.LabelFile;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.section.SectionLayout;
import org.xenimage.image.section.SiteSection;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** {@code xenimage section get}. */
@Needs(work = Needs.Work.BRIEF)
@Command(
        name = "get",
        header = "print or save the content of a site section",
        description = {
            "Writes the content of a site section, unchanged, to standard output or a file.",
            "Output to a terminal is escaped. With --fields, writes the fields of the section as JSON instead, "
                    + "by the layout that --section-schema has for it."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage section get web1.native example.console-log",
            "  xenimage section get web1.native example.screenshot -o shown.png",
            "  xenimage section get web1.native site.use --fields --section-schema site.json"
        })
final class SectionGet extends SectionFile {
    @Parameters(index = "1", paramLabel = "NAME", description = "the name of the section")
    private String name = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "write to this file (default: standard output)")
    private String output = "-";

    @Option(
            names = "--fields",
            description = "write the fields as JSON, by the schema of the section")
    private boolean fields;

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Override
    public Integer call() throws IOException, CommandFailed {
        requireName(name);
        SiteSection section;
        try (LabelFile file = open(false)) {
            List<SiteSection> all = file.label().sections();
            Optional<SiteSection> found =
                    all.stream().filter(one -> one.name().equals(name)).findFirst();
            if (found.isEmpty()) throw absent(name, heads(all));
            section = found.get();
        }
        if (fields) section = section.withContent(fields(section));
        if (output.equals("-") && ProgressLine.isTerminal(1)) {
            byte[] bytes = section.content().toArray(ValueLayout.JAVA_BYTE);
            TextOutput out = out();
            out.lines(new String(bytes, StandardCharsets.UTF_8));
            out.flush();
            return 0;
        }
        try (Output file = Output.open(output, files(), outputs.force())) {
            file.sink().write(section.content());
            file.commit();
        }
        if (json() && !output.equals("-")) print(tree(section.head()).put("output", output));
        return 0;
    }

    /** The fields of a section, as lines of JSON. */
    private MemorySegment fields(SiteSection section) throws IOException, CommandFailed {
        Optional<SectionLayout> layout = known().layout(section.head());
        if (layout.isEmpty())
            throw new CommandFailed(
                    "%s: section %s, %s: no schema describes its fields; name one with --section-schema"
                            .formatted(image(), name, section.head().type()));
        try {
            String json = layout.get().decode(section.content()).toPrettyString() + "\n";
            return MemorySegment.ofArray(json.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new CommandFailed(
                    "%s: section %s is not as its schema says: %s; get it without --fields"
                            .formatted(image(), name, e.getMessage()));
        }
    }

    @Override
    protected boolean standardOutputIsData() {
        return output.equals("-");
    }
}
