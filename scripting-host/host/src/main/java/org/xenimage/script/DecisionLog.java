package org.xenimage.script;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.io.Writer;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes what policies decided, as JSON lines: every edit with what stood there before and after, every message, the
 * beginning and the end of the run.
 *
 * <pre>
 *   {"seq":2,"policy":"remap-bridges","version":"1","digest":"…","hook":"onConfig","at":"remap-bridges.js:9",
 *    "element":"config","offset":52,"path":"nics[0].bridge","before":"xenbr0","after":"xenbr1"}
 * </pre>
 *
 * <p>{@code at} is the line where the hook begins. The first entry has the parameters of each policy, but the values of
 * secret ones are never there, so that {@link Replay} can run the policies of today on the same terms.
 *
 * <p>The same run over the same image gives the same lines: the only time in it is that of the {@link RunContext}. What
 * a page rule overwrote is never in it. Not safe for use by several threads.
 */
public final class DecisionLog {
    private final Lines lines;
    private final Consumer<ObjectNode> taken;
    private long sequence;
    private Optional<IOException> failure = Optional.empty();

    /** Takes lines. */
    @FunctionalInterface
    private interface Lines {
        void add(String line) throws IOException;
    }

    private DecisionLog(Lines lines, Consumer<ObjectNode> taken) {
        this.lines = lines;
        this.taken = taken;
    }

    /** {@return a log that keeps nothing} */
    public static DecisionLog none() {
        return new DecisionLog(_ -> {}, _ -> {});
    }

    /**
     * A log that hands its lines on.
     *
     * @param lines takes each, without a line separator
     * @return the log
     */
    public static DecisionLog to(Consumer<String> lines) {
        return new DecisionLog(lines::accept, _ -> {});
    }

    /**
     * A log that is written.
     *
     * @param writer takes the lines, each ending in a newline; not closed. If it fails, the run
     *     fails with its exception at the next element, and no policy is blamed
     * @return the log
     */
    public static DecisionLog to(Writer writer) {
        return new DecisionLog(
                line -> {
                    writer.write(line);
                    writer.write('\n');
                },
                _ -> {});
    }

    /** A log that hands its entries on as they are. */
    static DecisionLog ofEntries(Consumer<ObjectNode> entries) {
        return new DecisionLog(_ -> {}, entries);
    }

    void add(ObjectNode entry) {
        taken.accept(entry);
        ObjectNode numbered = entry.objectNode().put("seq", ++sequence);
        numbered.setAll(entry);
        if (failure.isPresent()) return;
        try {
            lines.add(numbered.toString());
        } catch (IOException e) {
            failure = Optional.of(e);
        }
    }

    /** Ends the run if a line could not be written, because every edit must be in the log. */
    void requireWritten() throws IOException {
        if (failure.isPresent()) throw failure.get();
    }
}
