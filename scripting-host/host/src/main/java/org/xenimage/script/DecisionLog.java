package org.xenimage.script;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.function.Consumer;

/**
 * Takes what policies decided, as JSON lines: every edit with what stood there before and after, every message, the
 * beginning and the end of the run.
 *
 * <pre>
 *   {"seq":2,"policy":"remap-bridges","version":"1","digest":"…","hook":"onConfig","element":"config","offset":52,
 *    "path":"nics[0].bridge","before":"xenbr0","after":"xenbr1"}
 * </pre>
 *
 * <p>The same run over the same image gives the same lines: the only time in it is that of the {@link RunContext}. What
 * a page rule overwrote is never in it. Not safe for use by several threads.
 */
public final class DecisionLog {
    private final Consumer<String> lines;
    private long sequence;

    private DecisionLog(Consumer<String> lines) {
        this.lines = lines;
    }

    /** {@return a log that keeps nothing} */
    public static DecisionLog none() {
        return new DecisionLog(_ -> {});
    }

    /**
     * A log that hands its lines on.
     *
     * @param lines takes each, without a line separator
     * @return the log
     */
    public static DecisionLog to(Consumer<String> lines) {
        return new DecisionLog(lines);
    }

    /**
     * A log that is written.
     *
     * @param writer takes the lines, each ending in a newline; not closed. If it fails, the run does, with an
     *     {@link UncheckedIOException}
     * @return the log
     */
    public static DecisionLog to(Writer writer) {
        return new DecisionLog(line -> {
            try {
                writer.write(line);
                writer.write('\n');
            } catch (IOException e) {
                throw new UncheckedIOException("decision log", e);
            }
        });
    }

    void add(ObjectNode entry) {
        ObjectNode numbered = entry.objectNode().put("seq", ++sequence);
        numbered.setAll(entry);
        lines.accept(numbered.toString());
    }
}
