package org.xenimage.cli;

import org.xenimage.cli.shell.CommandTree;
import org.xenimage.cli.shell.CompletionScript;
import org.xenimage.cli.shell.LaunchTable;
import org.xenimage.cli.shell.ManPage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the files of the distribution that come from the commands' own options: the table of the launcher, completion
 * scripts, manual pages. The build runs it; not meant for users.
 */
public final class DistributionFiles {
    private DistributionFiles() {}

    /**
     * Writes the files.
     *
     * @param arguments the distribution folder
     * @throws IOException if one cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        Path home = Path.of(arguments[0]);
        CommandTree tree = CommandTree.of(XenimageCommand.all());
        write(home.resolve("lib/commands"), String.join("\n", LaunchTable.of(tree)) + "\n");
        Path share = home.resolve("share");
        write(
                share.resolve("bash-completion/completions/xenimage"),
                CompletionCommand.script(CompletionScript.Shell.BASH));
        write(
                share.resolve("fish/vendor_completions.d/xenimage.fish"),
                CompletionCommand.script(CompletionScript.Shell.FISH));
        write(
                share.resolve("zsh/site-functions/_xenimage"),
                CompletionCommand.script(CompletionScript.Shell.ZSH));
        for (CommandTree.Entry command : tree.commands())
            write(
                    share.resolve("man/man1").resolve(ManPage.name(command) + ".1"),
                    ManPage.of(tree, command, XenimageVersion.number()));
    }

    private static void write(Path file, String text) throws IOException {
        Path parent = file.getParent();
        if (parent != null) Files.createDirectories(parent);
        Files.writeString(file, text);
    }
}
