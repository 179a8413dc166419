package org.xenimage.cli.extract;

import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.Run;
import org.xenimage.image.io.RunFiles;

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

    RunFiles files() {
        return Run.of(spec).files();
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
