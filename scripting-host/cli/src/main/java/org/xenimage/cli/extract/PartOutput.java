package org.xenimage.cli.extract;

import org.xenimage.cli.output.Output;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** The options of every part: where it goes. */
final class PartOutput {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "write there, not to standard output")
    private String file = "-";

    @Option(names = "--force", description = "replace FILE if it is there")
    private boolean force;

    /** {@return whether the part goes to standard output} */
    boolean standard() {
        return file.equals("-");
    }

    Output open(String input) throws IOException {
        return Output.open(file, input, force);
    }

    void write(String input, byte[] bytes) throws IOException {
        try (Output output = open(input)) {
            output.sink().write(MemorySegment.ofArray(bytes).asReadOnly());
            output.commit();
        }
    }

    void write(String input, String text) throws IOException {
        write(input, text.getBytes(StandardCharsets.UTF_8));
    }
}
