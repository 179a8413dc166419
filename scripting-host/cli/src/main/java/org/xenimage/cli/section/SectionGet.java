package org.xenimage.cli.section;

import org.xenimage.cli.label.LabelFile;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.section.SiteSection;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
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
            "Output to a terminal is escaped."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage section get web1.native example.console-log",
            "  xenimage section get web1.native example.screenshot -o shown.png"
        })
final class SectionGet extends SectionFile {
    @Parameters(index = "1", paramLabel = "NAME", description = "the name of the section")
    private String name = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "write to this file (default: standard output)")
    private String output = "-";

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

    @Override
    protected boolean standardOutputIsData() {
        return output.equals("-");
    }
}
