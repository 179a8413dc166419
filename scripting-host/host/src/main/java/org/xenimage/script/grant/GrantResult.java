package org.xenimage.script.grant;

import java.util.List;

/** What came of a use of a grant that was not refused. */
public sealed interface GrantResult {
    /** A line was appended, or a variable is not set. */
    record Nothing() implements GrantResult {}

    /**
     * The contents of a file, or the value of a variable.
     *
     * @param text of it
     */
    record Text(String text) implements GrantResult {}

    /**
     * The files of a folder.
     *
     * @param names sorted
     */
    record Names(List<String> names) implements GrantResult {
        /** Copies the list. */
        public Names {
            names = List.copyOf(names);
        }
    }

    /**
     * How a request or a command ended.
     *
     * @param done false if a dry run skipped it
     * @param status of the answer or of the command
     * @param text the body or the output
     */
    record Finished(boolean done, int status, String text) implements GrantResult {}
}
