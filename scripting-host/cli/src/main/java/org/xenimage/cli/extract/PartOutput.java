package org.xenimage.cli.extract;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.ProgramRun;
import org.xenimage.cli.output.ProgressLine;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.image.io.RunFiles;
import org.xenimage.script.policy.Secrets;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** The options of every part: where it goes. */
final class PartOutput {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "write to this file (default: standard output)")
    private String file = "-";

    @Mixin private OutputOptions outputs = new OutputOptions();

    /** {@return whether the part goes to standard output} */
    boolean standard() {
        return file.equals("-");
    }

    /** {@return whether a person reads it: a terminal, where secrets are hidden and nothing is obeyed} */
    boolean seen() {
        return standard() && ProgressLine.isTerminal(1);
    }

    /**
     * Shows a tree at the terminal.
     *
     * @param out escapes what a terminal would obey
     * @param text as the image has it
     * @param tree the same, decoded
     * @param secrets what hides values
     */
    static void show(TextOutput out, String text, JsonNode tree, Secrets secrets) {
        JsonNode visible = secrets.hide("", tree);
        out.lines(visible.equals(tree) ? text : visible.toPrettyString());
        out.flush();
    }

    RunFiles files() {
        return ProgramRun.of(spec).files();
    }

    Output open() throws IOException {
        return Output.open(file, files(), outputs.force());
    }

    void write(byte[] bytes) throws IOException {
        try (Output output = open()) {
            output.sink().write(MemorySegment.ofArray(bytes).asReadOnly());
            output.commit();
        }
    }

    void write(String text) throws IOException {
        write(text.getBytes(StandardCharsets.UTF_8));
    }
}
