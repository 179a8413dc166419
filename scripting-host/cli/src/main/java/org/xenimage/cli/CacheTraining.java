package org.xenimage.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs several command lines in one process, so that the JVM learns in one go which classes the program needs: the
 * build makes the caches of the distribution with it. Not meant for users.
 */
public final class CacheTraining {
    /** The separator of two command lines. */
    public static final String NEXT = "--next";

    private CacheTraining() {}

    /**
     * Runs the command lines; the first that fails ends the process with its exit status.
     *
     * @param arguments the words of all command lines, {@link #NEXT} between them
     */
    public static void main(String[] arguments) {
        HeadStart.begin();
        PrintStream out = System.out;
        System.setOut(
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        List<String> line = new ArrayList<>();
        for (String word : arguments) {
            if (word.equals(NEXT)) run(line);
            else line.add(word);
        }
        run(line);
        System.setOut(out);
        System.exit(0);
    }

    private static void run(List<String> line) {
        int status = Main.run(line.toArray(String[]::new));
        if (status != 0) {
            System.err.println("rehearsal: " + String.join(" ", line) + " ended with " + status);
            System.exit(status);
        }
        line.clear();
    }
}
