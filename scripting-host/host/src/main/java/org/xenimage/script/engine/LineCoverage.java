package org.xenimage.script.engine;

import com.oracle.truffle.api.CompilerDirectives;
import com.oracle.truffle.api.CompilerDirectives.CompilationFinal;
import com.oracle.truffle.api.frame.VirtualFrame;
import com.oracle.truffle.api.instrumentation.EventBinding;
import com.oracle.truffle.api.instrumentation.ExecutionEventNode;
import com.oracle.truffle.api.instrumentation.Instrumenter;
import com.oracle.truffle.api.instrumentation.SourceSectionFilter;
import com.oracle.truffle.api.instrumentation.StandardTags;
import com.oracle.truffle.api.instrumentation.TruffleInstrument;
import com.oracle.truffle.api.source.Source;
import com.oracle.truffle.api.source.SourceSection;

import org.xenimage.script.policy.Policy;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Records which lines of scripts ran: the first line of every statement that the language reports.
 *
 * <p>Sources are known by name and text, so that all contexts of an engine that run the same policy count together.
 * Costs nothing until a recording begins; then one check for each statement.
 *
 * <p>Python reports the return at the end of a function as its last statement: that one counts as run whenever the
 * function returned there, even if it stands in a branch that was not taken.
 */
public final class LineCoverage extends TruffleInstrument {
    /** The name by which the engine knows it. */
    static final String ID = "xenimage-line-coverage";

    /** Made by the engine. */
    public LineCoverage() {}

    /** Begins recordings. */
    public interface Recorder {
        /**
         * Begins to record.
         *
         * @param wanted which sources, by their names
         * @return the recording
         */
        Recording record(Predicate<String> wanted);
    }

    /**
     * The lines of one source.
     *
     * @param statements lines on which a statement begins, from 1
     * @param ran those of them that ran
     */
    public record Lines(BitSet statements, BitSet ran) {}

    /** What ran since it began. Safe for use by several threads. */
    public static final class Recording implements AutoCloseable {
        private final Map<Source, Lines> sources = new HashMap<>();
        private EventBinding<?> loaded;
        private EventBinding<?> entered;

        private Recording(Instrumenter instrumenter, Predicate<String> wanted) {
            SourceSectionFilter statements =
                    SourceSectionFilter.newBuilder()
                            .tagIs(StandardTags.StatementTag.class)
                            .sourceIs(source -> wanted.test(source.getName()))
                            .includeInternal(false)
                            .build();
            loaded =
                    instrumenter.attachLoadSourceSectionListener(
                            statements, event -> add(event.getSourceSection(), false), true);
            entered =
                    instrumenter.attachExecutionEventFactory(
                            statements,
                            context -> new Statement(this, context.getInstrumentedSourceSection()));
        }

        private synchronized void add(SourceSection section, boolean ran) {
            if (!section.isAvailable() || !section.hasLines()) return;
            Lines lines =
                    sources.computeIfAbsent(
                            section.getSource(), _ -> new Lines(new BitSet(), new BitSet()));
            lines.statements().set(section.getStartLine());
            if (ran) lines.ran().set(section.getStartLine());
        }

        /**
         * The lines of a policy's own source so far. Scripts see no folder in the name of a source, so that policies of
         * the same file name are told apart by their text.
         *
         * @param policy that was loaded
         * @return copies; empty if nothing of it was loaded
         */
        public synchronized Lines lines(Policy policy) {
            BitSet statements = new BitSet();
            BitSet ran = new BitSet();
            sources.forEach((source, lines) -> {
                if (!source.getName().equals(Script.sourceName(policy))
                        || !policy.source().contentEquals(source.getCharacters())) return;
                statements.or(lines.statements());
                ran.or(lines.ran());
            });
            return new Lines(statements, ran);
        }

        /** Ends the recording: what it knows stays. */
        @Override
        public void close() {
            loaded.dispose();
            entered.dispose();
        }
    }

    /** Notes that a statement ran, once. */
    private static final class Statement extends ExecutionEventNode {
        private final Recording recording;
        private final SourceSection section;
        @CompilationFinal private boolean noted;

        Statement(Recording recording, SourceSection section) {
            this.recording = recording;
            this.section = section;
        }

        @Override
        protected void onEnter(VirtualFrame frame) {
            if (noted) return;
            CompilerDirectives.transferToInterpreterAndInvalidate();
            noted = true;
            recording.add(section, true);
        }
    }

    @Override
    protected void onCreate(Env env) {
        env.registerService((Recorder) wanted -> new Recording(env.getInstrumenter(), wanted));
    }
}
