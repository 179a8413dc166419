package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.cli.output.Output;
import org.xenimage.cli.output.OutputOptions;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.script.policy.Language;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** {@code xenimage policy new}. */
@Command(
        name = "new",
        header = "create a policy from a template",
        description =
                "Creates a policy template that shows every hook and what it may do, and beside it the typings by"
                        + " which an editor completes and checks it.",
        footerHeading = "%nExamples:%n",
        footer = {"  xenimage policy new scrub-mine.js", "  xenimage policy new scrub_mine.py"})
final class PolicyNew extends Subcommand {
    @Parameters(paramLabel = "FILE", description = "NAME.js or NAME.py")
    private Path file = Path.of("policy.js");

    @Mixin private OutputOptions outputs = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        String leaf = String.valueOf(file.getFileName());
        String suffix = leaf.endsWith(".js") ? "js" : leaf.endsWith(".py") ? "py" : "";
        if (suffix.isEmpty()) {
            throw misused(leaf + ": expected a name that ends in .js or .py");
        }
        String name = leaf.substring(0, leaf.length() - 3).replace('_', '-');
        byte[] source = template(suffix).replace("@NAME@", name).getBytes(StandardCharsets.UTF_8);
        try (Output output = Output.open(file.toString(), files(), outputs.force())) {
            output.sink().write(MemorySegment.ofArray(source).asReadOnly());
            TypingFiles.in(folder(), Language.ofFile(leaf).orElseThrow()).write(files(), false);
            output.commit();
        }
        if (json()) print(JsonNodeFactory.instance.objectNode().put("output", file.toString()));
        else if (!quiet())
            out().println(file + ": written; try 'xenimage policy check " + file + "'");
        return 0;
    }

    private Path folder() {
        Path parent = file.getParent();
        return parent == null ? Path.of("") : parent;
    }

    private static String template(String suffix) throws IOException {
        try (InputStream bytes = PolicyNew.class.getResourceAsStream("template." + suffix)) {
            if (bytes == null)
                throw new IllegalStateException("the template of " + suffix + " is missing");
            return new String(bytes.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
