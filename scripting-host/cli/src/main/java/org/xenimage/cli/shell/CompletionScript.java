package org.xenimage.cli.shell;

import java.util.List;

/** What makes a shell complete the program's command lines. */
public sealed interface CompletionScript permits BashCompletion, FishCompletion, ZshCompletion {
    /** {@return the script} */
    String text();

    /** A shell. */
    enum Shell {
        /** The GNU shell. */
        BASH,
        /** The friendly interactive shell. */
        FISH,
        /** The Z shell. */
        ZSH
    }

    /**
     * The script for a shell.
     *
     * @param shell that is to read it
     * @param tree the program's commands
     * @param library the names of the library's policies
     * @return the script
     */
    static CompletionScript of(Shell shell, CommandTree tree, List<String> library) {
        return switch (shell) {
            case BASH -> new BashCompletion(tree, library);
            case FISH -> new FishCompletion(tree, library);
            case ZSH -> new ZshCompletion(tree, library);
        };
    }
}
