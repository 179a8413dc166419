package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.Subcommand;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code xenimage policy types}. */
@Needs(scripts = Needs.Scripts.ONE)
@Command(
        name = "types",
        header = "write typings for editors",
        description = {
            "Writes the files by which an editor completes and checks policies in a folder: xenimage.d.ts"
                    + " for JavaScript, xenimage.pyi for Python.",
            "Also writes jsconfig.json and pyrightconfig.json, unless the folder has its own. The typings of"
                    + " another release are replaced."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  xenimage policy types policies"})
final class PolicyTypes extends Subcommand {
    @Parameters(
            paramLabel = "DIR",
            description = "a folder with policies; made if it does not exist")
    private Path folder = Path.of("");

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        if (!Files.isDirectory(folder)) Files.createDirectory(folder);
        TypingFiles typings = TypingFiles.in(folder);
        typings.write(files(), outputs.force());
        if (json()) {
            ObjectNode report = JsonNodeFactory.instance.objectNode();
            report.put("output", folder.toString());
            typings.written().forEach(file -> report.withArray("written").add(file.toString()));
            typings.unchanged().forEach(file -> report.withArray("kept").add(file.toString()));
            print(report);
        } else if (!quiet()) {
            typings.written().forEach(file -> out().println(file + ": written"));
            typings.unchanged().forEach(file -> out().println(file + ": kept as it is"));
        }
        return 0;
    }
}
