package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.cli.output.Needs;
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
@Needs(scripts = Needs.Scripts.ONE)
@Command(
        name = "new",
        header = "create a policy from a template",
        description =
                "Creates a policy template that shows every hook and what it may do, first tests of it, and "
                        + "beside them the typings by which an editor completes and checks it. In .vscode, "
                        + "unless they are there, are the settings by which VS Code debugs it (--inspect).",
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
        Path test = test(leaf, suffix);
        try (Output output = Output.open(file.toString(), files(), outputs.force());
                Output tests = Output.open(test.toString(), files(), outputs.force())) {
            output.sink().write(filled(suffix, name));
            tests.sink().write(filled("test." + suffix, name));
            Language language = Language.ofFile(leaf).orElseThrow();
            TypingFiles.in(folder(), language).write(files(), false);
            EditorFiles.write(folder(), language, files());
            tests.commit();
            output.commit();
        }
        if (json())
            print(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("output", file.toString())
                            .put("test", test.toString()));
        else if (!quiet()) {
            out().println(file + ": written; try 'xenimage policy check " + file + "'");
            out().println(test + ": its first tests; try 'xenimage policy test " + file + "'");
        }
        return 0;
    }

    /** The tests beside a policy, by the name that says so. */
    private Path test(String leaf, String suffix) {
        String stem = leaf.substring(0, leaf.length() - 3);
        return file.resolveSibling(
                suffix.equals("js") ? stem + ".test.js" : "test_" + stem.replace('-', '_') + ".py");
    }

    private MemorySegment filled(String suffix, String name) throws IOException {
        String text = template(suffix).replace("@NAME@", name).replace("@FILE@", file.toString());
        return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)).asReadOnly();
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
