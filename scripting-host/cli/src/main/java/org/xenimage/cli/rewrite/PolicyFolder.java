package org.xenimage.cli.rewrite;

import org.xenimage.cli.output.CommandFailed;
import org.xenimage.script.policy.Language;
import org.xenimage.script.set.PolicySet;
import org.xenimage.script.test.TestFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder of policies, all of which run: a site puts a file there, and from then on it counts.
 *
 * <p>Policies are its files that end in {@code .js}, {@code .mjs} or {@code .py}, in the order of
 * their names, byte by byte; hidden files, the tests of policies beside them, and anything else are
 * skipped. Which of them are for an
 * operation and a domain, each says in its own header. In a folder that is a {@link PolicySet}, its file says all this.
 */
final class PolicyFolder {
    /** The environment variable that names the folder; empty for none. */
    static final String VARIABLE = "XENIMAGE_POLICIES";

    /** The default folder; the launcher uses it too. */
    static final Path USUAL = Path.of("/etc/xen/policies");

    private final Path folder;

    PolicyFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * The folder that counts where the command line names none.
     *
     * @param named the value of {@link #VARIABLE}, if it is set
     * @param usual the folder that counts without it, where it is there
     * @return the folder, if there is one
     */
    static Optional<PolicyFolder> configured(Optional<String> named, Path usual) {
        if (named.isPresent())
            return named.filter(name -> !name.isEmpty())
                    .map(name -> new PolicyFolder(Path.of(name)));
        return Files.isDirectory(usual) || Files.isRegularFile(usual)
                ? Optional.of(new PolicyFolder(usual))
                : Optional.empty();
    }

    /** Whether the folder is a policy set, so that its file decides what runs. */
    boolean isSet() {
        return PolicySet.isSet(folder);
    }

    Path path() {
        return folder;
    }

    /** The files of the policies, in the order in which they run. */
    List<Path> files() throws IOException, CommandFailed {
        if (!Files.isDirectory(folder)) throw new CommandFailed(folder + ": no such policy folder");
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(PolicyFolder::isPolicy)
                    .sorted(Comparator.comparing(file -> String.valueOf(file.getFileName())))
                    .toList();
        }
    }

    private static boolean isPolicy(Path file) {
        String name = String.valueOf(file.getFileName());
        return !name.startsWith(".")
                && Language.ofFile(name).isPresent()
                && !Files.isDirectory(file)
                && !TestFile.beside(file);
    }
}
