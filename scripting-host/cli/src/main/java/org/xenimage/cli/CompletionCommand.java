package org.xenimage.cli;

import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.shell.CommandTree;
import org.xenimage.cli.shell.CompletionScript;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code xenimage completion}: a script that completes commands, options and values in a shell. */
@Command(
        name = "completion",
        header = "print a completion script for a shell",
        description =
                "Prints a script that makes a shell complete commands, options and their values: files,"
                        + " policies, formats, guest types, domains.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  source <(xenimage completion bash)",
            "  xenimage completion zsh > ~/.zfunc/_xenimage",
            "  xenimage completion fish > ~/.config/fish/completions/xenimage.fish"
        })
final class CompletionCommand extends Subcommand implements XenimageCommand.SeesAll {
    private static final String INDEX = "org/xenimage/stdlib/index";

    @Parameters(
            paramLabel = "SHELL",
            arity = "0..1",
            description = "${COMPLETION-CANDIDATES} (default: bash)")
    private CompletionScript.Shell shell = CompletionScript.Shell.BASH;

    @Override
    public Integer call() throws IOException {
        out().lines(script(shell));
        return ExitStatus.FINE;
    }

    /** The script for a shell. */
    static String script(CompletionScript.Shell shell) throws IOException {
        return CompletionScript.of(shell, CommandTree.of(XenimageCommand.all()), library()).text();
    }

    /** The names of the library's policies, without starting what could run them. */
    private static List<String> library() throws IOException {
        ClassLoader loader = CompletionCommand.class.getClassLoader();
        if (loader == null) loader = ClassLoader.getSystemClassLoader();
        try (InputStream index = loader.getResourceAsStream(INDEX)) {
            if (index == null) return List.of();
            return new String(index.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(name -> !name.isEmpty())
                    .toList();
        }
    }
}
