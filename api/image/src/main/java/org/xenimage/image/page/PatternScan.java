package org.xenimage.image.page;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * Finds all occurrences of a {@link PagePattern} in a run of bytes, overlapping ones included, in ascending order.
 *
 * <pre>{@code
 * PatternScan scan = new PatternScan();
 * scan.over(pattern, bytes, 0, bytes.byteSize());
 * for (long at = scan.next(); at != PagePattern.NONE; at = scan.next()) …
 * }</pre>
 *
 * <p>The bytes are copied, 16 KiB at a time, to an array of words that stays in the caches of the
 * core, and a filter looks at that. Words read from the segment itself pass as fast in a process
 * that only ever saw one kind of segment; in one that saw heap, native and mapped memory at the
 * same place they pass at 0.5 to 2 GB/s for good, against 5 and more through the array.
 *
 * <p>Never quadratic: where confirming candidates has cost more than {@value #WORK_PER_POSITION} bytes for each
 * position of a piece, the rest of the piece is searched by Knuth, Morris and Pratt's method, which looks at
 * each byte at most twice.
 *
 * <p>Made once and used for any number of patterns and runs; allocates nothing afterwards, but a second buffer of 20
 * KiB when first needed for the slow method. For one thread; keeps a reference to the segment until the next run.
 */
final class PatternScan {
    /**
     * Bytes compared or skipped for each position of a piece, before the linear method takes over.
     */
    static final int WORK_PER_POSITION = 4;

    /** What a confirmation costs at least, in bytes compared by a warm machine. */
    private static final int WORK_AT_LEAST = 128;

    private final WordBuffer buffer = new WordBuffer();
    private final long[] words = buffer.words();

    private byte[] linearBytes = {};
    private long linearFrom;
    private int linearAt;
    private int linearLength;
    private int linearMatched;

    private PagePattern pattern;
    private ByteFilter filter;
    private MemorySegment bytes = MemorySegment.NULL;
    private long from;

    /** The last position at which an occurrence fits. */
    private long last = -1;

    /** The least position that may be reported. */
    private long floor;

    private long groups;

    /** The group that the first word stands for, the groups in memory, the next one of them to look at. */
    private long pieceGroup;

    private int pieceGroups;
    private int group;

    /** The candidates left in the group before that one. */
    private long pending;

    /** Bytes compared to confirm the candidates of this piece, and of the whole run. */
    private long work;

    private long workBefore;

    /** The linear method continues to here, exclusive, if that is above the floor. */
    private long linearEnd;

    /** The end of the bytes known to match a pattern that repeats one byte. */
    private long uniformEnd;

    /** A scan that has nothing to look at yet. */
    public PatternScan() {
        pattern = PagePattern.of(new byte[1]);
        filter = pattern.filter();
    }

    /**
     * Begins with a run of bytes.
     *
     * @param what to look for
     * @param where to look
     * @param start the first byte of the run
     * @param end the end of the run, exclusive; occurrences lie within
     * @throws IndexOutOfBoundsException if the run is not within the segment
     */
    public void over(PagePattern what, MemorySegment where, long start, long end) {
        Objects.checkFromToIndex(start, end, where.byteSize());
        pattern = what;
        filter = what.filter();
        bytes = where;
        from = start;
        last = end - what.length();
        floor = start;
        // The last group is the one that stands for the last position.
        groups = last < start ? 0 : groupOf(last) + 1;
        pieceGroup = 0;
        pieceGroups = 0;
        group = 0;
        pending = 0;
        work = 0;
        workBefore = 0;
        linearEnd = start;
        uniformEnd = start;
    }

    /**
     * Skips positions; bytes before may have changed since.
     *
     * @param position in the segment; occurrences that begin before it are not reported
     */
    public void skipTo(long position) {
        floor = Math.max(floor, position);
    }

    /**
     * Finds the next occurrence.
     *
     * @return where it begins in the segment, or {@link PagePattern#NONE}
     */
    public long next() {
        while (floor <= last) {
            if (floor < linearEnd) {
                long found = nextLinear();
                floor = found == PagePattern.NONE ? linearEnd : found + 1;
                if (found != PagePattern.NONE) return found;
            } else if (pending != 0) {
                long start = candidate();
                if (start >= floor && start <= last && isOccurrence(start)) {
                    floor = start + 1;
                    return start;
                }
            } else if (!nextGroup()) {
                break;
            }
        }
        return PagePattern.NONE;
    }

    /** {@return the bytes compared so far to confirm candidates, each of them counted as 128 at least} */
    long work() {
        return workBefore + work;
    }

    /** {@return the group that stands for a position} */
    private long groupOf(long position) {
        return (position - from + filter.lead()) / filter.stride();
    }

    /** Goes to the next group with a candidate; {@return whether there is one} */
    private boolean nextGroup() {
        long wanted = groupOf(floor) - pieceGroup;
        if (wanted > group) group = (int) Math.min(wanted, pieceGroups);
        while (true) {
            if (group == pieceGroups && !nextPiece()) return false;
            group = filter.seek(words, group, pieceGroups);
            if (group < pieceGroups) break;
        }
        pending = filter.candidates(words, group);
        group++;
        return true;
    }

    private boolean nextPiece() {
        pieceGroup = Math.max(pieceGroup + pieceGroups, groupOf(floor));
        group = 0;
        pieceGroups = 0;
        if (pieceGroup >= groups) return false;
        int stride = filter.stride();
        pieceGroups = (int) Math.min(WordBuffer.PIECE / stride, groups - pieceGroup);
        filter.load(
                buffer, bytes, from + pieceGroup * stride, last + pattern.length(), pieceGroups);
        workBefore += work;
        work = 0;
        return true;
    }

    /** {@return the next candidate of the group before} */
    private long candidate() {
        long start = from + (pieceGroup + group - 1) * filter.stride() + filter.distance(pending);
        pending = filter.after(pending, words, group - 1);
        return start;
    }

    private boolean isOccurrence(long start) {
        if (filter.proof()) return true;
        long end = start + pattern.length();
        long known = pattern.uniform() ? Math.max(start, uniformEnd) : start;
        long same =
                MemorySegment.mismatch(
                        bytes, known, end, pattern.segment(), known - start, end - start);
        work += WORK_AT_LEAST + (same < 0 ? end - known : same);
        if (work > (long) WORK_PER_POSITION * WordBuffer.PIECE) goLinear(start);
        if (!pattern.uniform()) return same < 0;
        uniformEnd = same < 0 ? end : known + same;
        // No occurrence of a repeated byte contains another one: skip all that would.
        if (same >= 0) floor = uniformEnd + 1;
        return same < 0;
    }

    /** Leaves the positions of this piece that come after one to the linear method. */
    private void goLinear(long position) {
        long end = from + (pieceGroup + pieceGroups) * filter.stride() - filter.lead();
        linearEnd = Math.min(end, last + 1);
        floor = position + 1;
        group = pieceGroups;
        pending = 0;
        if (floor >= linearEnd) return;
        if (linearBytes.length == 0)
            linearBytes = new byte[WordBuffer.PIECE + PagePattern.LENGTH_MAX];
        linearFrom = floor;
        linearAt = 0;
        linearMatched = 0;
        linearLength = (int) (linearEnd - floor) + pattern.length() - 1;
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, floor, linearBytes, 0, linearLength);
    }

    /** {@return the next occurrence before the end of the linear method, or NONE} */
    private long nextLinear() {
        if (floor > linearFrom + linearAt - linearMatched) {
            linearAt = (int) (floor - linearFrom);
            linearMatched = 0;
        }
        byte[] text = linearBytes;
        byte[] sought = pattern.shared();
        int[] borders = pattern.borders();
        int matched = linearMatched;
        for (int i = linearAt; i < linearLength; i++) {
            byte b = text[i];
            while (matched >= 0 && sought[matched] != b) matched = borders[matched];
            matched++;
            if (matched == sought.length) {
                linearAt = i + 1;
                linearMatched = borders[matched];
                return linearFrom + linearAt - matched;
            }
        }
        return PagePattern.NONE;
    }
}
