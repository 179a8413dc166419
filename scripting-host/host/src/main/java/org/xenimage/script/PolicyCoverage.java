package org.xenimage.script;

import org.xenimage.script.engine.LineCoverage;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.util.BitSet;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Which lines of policies ran, from the time that it begins until it is closed: in all runs of a host together.
 *
 * <p>A line counts if a statement begins on it, as the language reports statements to debuggers. Safe for use by
 * several threads.
 */
public final class PolicyCoverage implements AutoCloseable {
    private final PolicyHost host;
    private final Predicate<String> wanted;
    private final Map<Language, LineCoverage.Recording> recordings = new EnumMap<>(Language.class);

    private PolicyCoverage(PolicyHost host, Predicate<String> wanted) {
        this.host = host;
        this.wanted = wanted;
    }

    /**
     * Begins to record.
     *
     * @param host whose runs count
     * @param wanted which files, by their names without the folder
     * @return the recording
     */
    public static PolicyCoverage begin(PolicyHost host, Predicate<String> wanted) {
        return new PolicyCoverage(host, wanted);
    }

    /**
     * Starts the engine of a language, before its first policy that counts is run.
     *
     * @param language to record
     */
    public synchronized void include(Language language) {
        recordings.computeIfAbsent(language, one -> host.engine().record(one, wanted));
    }

    /**
     * The lines of a file.
     *
     * @param statements on which a statement begins, from 1
     * @param ran those of them that ran
     */
    public record Lines(BitSet statements, BitSet ran) {
        /** {@return the lines that did not run} */
        public BitSet missed() {
            BitSet missed = (BitSet) statements.clone();
            missed.andNot(ran);
            return missed;
        }
    }

    /**
     * What is known of a file so far.
     *
     * @param policy whose file it is
     * @return its lines; none if it was not loaded
     */
    public synchronized Lines lines(Policy policy) {
        LineCoverage.Recording recording = recordings.get(policy.language());
        if (recording == null) return new Lines(new BitSet(), new BitSet());
        LineCoverage.Lines lines = recording.lines(policy);
        return new Lines(lines.statements(), lines.ran());
    }

    /** Ends the recording: what it knows stays. */
    @Override
    public synchronized void close() {
        recordings.values().forEach(LineCoverage.Recording::close);
    }
}
