package org.xenimage.console;

import java.io.IOException;
import java.util.List;

/** A command of the console: knows its name and its help, and what may follow its name. */
interface PromptCommand {
    /** {@return the first word} */
    String name();

    /** {@return what follows the name, such as {@code PFN [OFFSET]}; empty if nothing does} */
    String synopsis();

    /** {@return what it does, in one line} */
    String summary();

    /** {@return more about it, and examples} */
    default List<String> details() {
        return List.of();
    }

    /**
     * Runs it.
     *
     * @param session on which
     * @param words after the name
     * @throws IOException if it fails
     * @throws CommandMisused if the words are not what it takes
     */
    void run(Session session, List<String> words) throws IOException, CommandMisused;

    /**
     * {@return what may be at the place of the last word, for completion; empty if anything may}
     */
    default List<String> candidates() {
        return List.of();
    }

    /** {@return whether the words are names of files, for completion} */
    default boolean takesFiles() {
        return false;
    }
}
