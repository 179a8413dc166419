package org.xenimage.formats.core;

import org.xenimage.formats.elf.Elf;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.record.RecordType;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/**
 * The pages of a guest in a space, ascending by PFN, filled in any order a stream has.
 *
 * <p>A PFN above all others is appended; a known one is overwritten, and its earlier content is kept
 * elsewhere; one that comes late waits and is merged in, in runs. A zero page without earlier content
 * is not written. Memory: a checksum for each 256 pages, 24 bytes for each run of PFNs, and at most
 * {@link #LATE_MAX} late PFNs; everything else that grows with the image is in files.
 *
 * <p>A checkpointed stream whose sender has gone away ends within a round, and a receiver drops that
 * round. {@link #observe} does the same: the pages become those of the last checkpoint again, and the
 * contents of the unfinished round are kept with the replaced ones.
 */
public final class PageStore implements Closeable {
    /** How many late PFNs wait before they are merged in. */
    public static final int LATE_MAX = 1 << 16;

    static final int PAGE = PageBatch.PAGE_SIZE;

    /** Pages that one checksum covers. */
    public static final int PIECE_PAGES = 256;

    private static final long GONE = -1;
    private static final int UNDO_LENGTH = 16;
    private static final int NOTED_MAX = 64;
    private static final MemorySegment ZERO_PAGE =
            MemorySegment.ofArray(new byte[PAGE]).asReadOnly();
    private static final MemorySegment ZERO_PIECE =
            MemorySegment.ofArray(new byte[PAGE * PIECE_PAGES]).asReadOnly();

    private static final Fault OUTPUT = Fault.in("output").element("pages");

    private final PageSpace space;
    private final PieceLimit limit;
    private PageRuns runs = new PageRuns();
    private long contents;

    private final CRC32C crc = new CRC32C();
    private int[] crcs = new int[64];
    private final BitSet zero = new BitSet();
    private final BitSet dirty = new BitSet();

    private final TreeMap<Long, Late> late = new TreeMap<>();
    private Optional<Spill> lateContents = Optional.empty();
    private Optional<Rounds> rounds = Optional.empty();

    /** The number of each page's last content plus one, where it is not the page's own number plus one. */
    private Optional<Spill> last = Optional.empty();

    /**
     * Of each page that changed since the last checkpoint its PFN and the content that it had; none before the first.
     */
    private Optional<Spill> undo = Optional.empty();

    /** How many contents had come at the last checkpoint. */
    private long mark;

    private final MemorySegment scratch = Arena.ofAuto().allocate((long) PAGE * PIECE_PAGES, PAGE);

    /** PFNs of pages that began like the note VMCOREINFO when they came. */
    private final Set<Long> noted = new TreeSet<>();

    private MemorySegment runData = MemorySegment.NULL;
    private long runStart;
    private long runLength;
    private long runNumber;

    /** Contents that were replaced, and which content is where. */
    private record Rounds(Spill earlier, Spill where) {}

    private static final class Late {
        private final long index;
        private long content;

        Late(long index, long content) {
            this.index = index;
            this.content = content;
        }
    }

    /**
     * An empty store.
     *
     * @param space for the pages; the caller's
     */
    public PageStore(PageSpace space) {
        this(space, PieceLimit.here());
    }

    PageStore(PageSpace space, PieceLimit limit) {
        this.space = space;
        this.limit = limit;
    }

    /** {@return the PFNs and the numbers of their pages; final after {@link #finish}} */
    public PageRuns runs() {
        return runs;
    }

    /** {@return the PFNs of pages that began like the note VMCOREINFO when they came} */
    Set<Long> noted() {
        return noted;
    }

    /** {@return how many contents came} */
    public long contents() {
        return contents;
    }

    /** {@return the contents that were replaced, if any, each a page} */
    public Optional<Spill> earlier() {
        return rounds.map(Rounds::earlier);
    }

    /** {@return for each content 0, or the number of the replaced content plus one; only with {@link #earlier}} */
    public Optional<Spill> where() {
        return rounds.map(Rounds::where);
    }

    /**
     * The checksum of a piece; after {@link #finish}.
     *
     * @param piece from 0
     * @return its CRC32C
     */
    public int crc(int piece) {
        return crcs[piece];
    }

    /**
     * Whether a piece holds nothing but zeros; after {@link #finish}.
     *
     * @param piece from 0
     * @return whether it does
     */
    public boolean isZero(int piece) {
        return zero.get(piece);
    }

    /**
     * Looks at an element that is not pages: a checkpoint, or the end of a stream whose sender went away.
     *
     * @param element valid during this call
     * @throws IOException if the pages cannot be read or written
     */
    public void observe(ImageElement element) throws IOException {
        if (element instanceof RecordFrame frame && frame.type().equals(RecordType.CHECKPOINT)) {
            if (undo.isPresent()) undo.get().close();
            undo = Optional.of(new Spill());
            mark = contents;
        } else if (element instanceof StreamEnd end && undo.isPresent()) {
            switch (end.ending()) {
                case COMPLETE -> {}
                case SENDER_GONE -> rollBack(undo.get());
            }
        }
    }

    /** Notes what a page held at the checkpoint; what came since is no matter. */
    private void changes(long pfn, long before) throws IOException {
        if (undo.isEmpty() || before >= mark) return;
        MemorySegment entry = MemorySegment.ofArray(new byte[UNDO_LENGTH]);
        entry.set(Elf.U64, 0, pfn);
        entry.set(Elf.U64, 8, before);
        undo.get().append(entry);
    }

    /** Undoes what changed since the checkpoint, the last change first. */
    private void rollBack(Spill changes) throws IOException {
        merge();
        changes.flush();
        if (rounds.isPresent()) rounds.get().earlier().flush();
        MemorySegment entry = Arena.ofAuto().allocate(UNDO_LENGTH, 8);
        for (long at = changes.length() - UNDO_LENGTH; at >= 0; at -= UNDO_LENGTH) {
            changes.read(at, entry);
            undo(runs.find(entry.get(Elf.U64, 0)), entry.get(Elf.U64, 8));
        }
        if (rounds.isPresent()) rounds.get().earlier().flush();
    }

    /**
     * Puts the content back that a page had, and the one that it has next to, in its place if there
     * is one.
     */
    private void undo(long number, long before) throws IOException {
        long current = lastOf(number);
        if (current == before) return;
        MemorySegment page = scratch.asSlice(0, PAGE);
        space.read(number, page);
        if (before == GONE) {
            keep(current, page);
            space.write(number, ZERO_PAGE);
            last(number, GONE);
        } else {
            Rounds beside = rounds.orElseThrow();
            beside.earlier().flush();
            long place = beside.where().word(before) - 1;
            MemorySegment old = scratch.asSlice(PAGE, PAGE);
            beside.earlier().read(place * PAGE, old);
            if (current != GONE) {
                beside.earlier().write(place * PAGE, page);
                beside.where().word(current, place + 1);
            }
            beside.where().word(before, 0);
            space.write(number, old);
            last(number, before + 1);
        }
        dirty.set((int) (number / PIECE_PAGES));
    }

    /**
     * Takes the pages of a record.
     *
     * @param batch well-formed
     * @throws IOException if the batch cannot be read or the file not written
     */
    public void accept(PageBatch batch) throws IOException {
        int count = batch.count();
        MemorySegment data = batch.data();
        long at = 0;
        for (int i = 0; i < count; i++) {
            long entry = batch.entry(i);
            long pfn = new PageEntry(entry).pfn();
            if (new PageEntry(entry).hasData()) {
                content(pfn, data, at);
                at += PAGE;
            } else {
                mention(pfn);
            }
        }
        writeRun();
    }

    private void content(long pfn, MemorySegment data, long at) throws IOException {
        MemorySegment page = data.asSlice(at, PAGE);
        long content = contents++;
        if (noted.size() < NOTED_MAX && Vmcoreinfo.at(page, 0)) noted.add(pfn);
        if (pfn > runs.last()) {
            long number = runs.append(pfn);
            changes(pfn, GONE);
            if (content != number) last(number, content + 1);
            boolean isZero = isZero(page);
            sum(number, page, isZero);
            if (!isZero) put(number, data, at);
            return;
        }
        long number = runs.find(pfn);
        if (number != PageRuns.NONE) {
            replace(pfn, number, content + 1, page);
        } else {
            lateContent(pfn, content, page);
        }
    }

    /** A mention without content: earlier content of the page no longer belongs to the guest. */
    private void mention(long pfn) throws IOException {
        if (pfn > runs.last()) return;
        long number = runs.find(pfn);
        if (number != PageRuns.NONE) {
            replace(pfn, number, GONE, ZERO_PAGE);
            return;
        }
        Late found = late.get(pfn);
        if (found == null || found.content == GONE) return;
        changes(pfn, found.content);
        Spill spill = lateContents.orElseThrow();
        keepLate(found, spill);
        spill.write(found.index * PAGE, ZERO_PAGE);
        found.content = GONE;
    }

    private void replace(long pfn, long number, long contentPlusOne, MemorySegment page)
            throws IOException {
        writeRun();
        long before = lastOf(number);
        changes(pfn, before);
        if (before != GONE) {
            MemorySegment old = scratch.asSlice(0, PAGE);
            space.read(number, old);
            keep(before, old);
        } else if (contentPlusOne == GONE) return;
        space.write(number, page);
        last(number, contentPlusOne);
        dirty.set((int) (number / PIECE_PAGES));
    }

    private void lateContent(long pfn, long content, MemorySegment page) throws IOException {
        if (lateContents.isEmpty()) lateContents = Optional.of(new Spill());
        Spill spill = lateContents.get();
        Late found = late.get(pfn);
        changes(pfn, found == null ? GONE : found.content);
        if (found == null) {
            late.put(pfn, new Late(late.size(), content));
            spill.write((late.size() - 1L) * PAGE, page);
            if (late.size() >= LATE_MAX) merge();
            return;
        }
        if (found.content != GONE) keepLate(found, spill);
        spill.write(found.index * PAGE, page);
        found.content = content;
    }

    private void keepLate(Late page, Spill from) throws IOException {
        MemorySegment old = scratch.asSlice(0, PAGE);
        from.read(page.index * PAGE, old);
        keep(page.content, old);
    }

    private void keep(long content, MemorySegment page) throws IOException {
        if (rounds.isEmpty()) rounds = Optional.of(new Rounds(new Spill(), new Spill()));
        Rounds beside = rounds.get();
        beside.where().word(content, beside.earlier().length() / PAGE + 1);
        if (isZero(page)) beside.earlier().appendHole(PAGE);
        else beside.earlier().append(page);
    }

    private long lastOf(long number) throws IOException {
        long word = last.isPresent() ? last.get().word(number) : 0;
        return word == 0 ? number : word == GONE ? GONE : word - 1;
    }

    private void last(long number, long contentPlusOne) throws IOException {
        if (last.isEmpty()) last = Optional.of(new Spill());
        last.get().word(number, contentPlusOne);
    }

    /** Collects pages that follow one another in the record and in the file. */
    private void put(long number, MemorySegment data, long at) throws IOException {
        if (runLength > 0 && number == runNumber + runLength / PAGE && at == runStart + runLength) {
            runLength += PAGE;
            return;
        }
        writeRun();
        runData = data;
        runStart = at;
        runLength = PAGE;
        runNumber = number;
    }

    private void writeRun() throws IOException {
        if (runLength > 0) space.write(runNumber, runData.asSlice(runStart, runLength));
        runLength = 0;
    }

    private void sum(long number, MemorySegment page, boolean isZero) throws IOException {
        int piece = limit.number(number / PIECE_PAGES, OUTPUT);
        if (number % PIECE_PAGES == 0) {
            crc.reset();
            zero.set(piece);
            if (piece >= crcs.length) crcs = Arrays.copyOf(crcs, crcs.length * 2);
        }
        if (!isZero) zero.clear(piece);
        crc.update(page.asByteBuffer());
        crcs[piece] = (int) crc.getValue();
    }

    /** Merges the late pages into the others, from the last one down. */
    private void merge() throws IOException {
        if (late.isEmpty()) return;
        writeRun();
        Spill lateSpill = lateContents.orElseThrow();
        long[] pfns = late.keySet().stream().mapToLong(Long::longValue).toArray();
        List<Late> waiting = List.copyOf(late.values());
        long end = runs.pages();
        for (int j = pfns.length - 1; j >= 0; j--) {
            long start = rank(pfns[j]);
            move(start, end, j + 1L);
            Late page = waiting.get(j);
            MemorySegment content = scratch.asSlice(0, PAGE);
            lateSpill.read(page.index * PAGE, content);
            space.write(start + j, content);
            last(start + j, page.content == GONE ? GONE : page.content + 1);
            end = start;
        }
        runs = merged(pfns);
        int pieces = limit.count((runs.pages() + PIECE_PAGES - 1) / PIECE_PAGES, OUTPUT);
        dirty.set((int) (end / PIECE_PAGES), pieces);
        if (pieces > crcs.length) crcs = Arrays.copyOf(crcs, Math.max(pieces, crcs.length * 2));
        late.clear();
    }

    private long rank(long pfn) {
        int at = runs.runAt(pfn);
        return at < 0 ? 0 : runs.number(at) + Math.min(runs.count(at), pfn - runs.first(at));
    }

    private void move(long start, long end, long by) throws IOException {
        for (long number = end - 1; number >= start; number--) {
            long content = lastOf(number);
            last(number + by, content == GONE ? GONE : content + 1);
        }
        MemorySegment buffer = scratch;
        for (long to = end; to > start; ) {
            long step = Math.min(PIECE_PAGES, to - start);
            MemorySegment moved = buffer.asSlice(0, step * PAGE);
            space.read(to - step, moved);
            space.write(to - step + by, moved);
            to -= step;
        }
    }

    private PageRuns merged(long[] pfns) {
        var all = new PageRuns();
        int next = 0;
        for (int i = 0; i < runs.runs(); i++) {
            while (next < pfns.length && pfns[next] < runs.first(i)) all.append(pfns[next++]);
            all.append(runs.first(i), runs.count(i));
        }
        while (next < pfns.length) all.append(pfns[next++]);
        return all;
    }

    /**
     * Ends the filling: every page is in its place, every piece has its checksum.
     *
     * @throws IOException if the file cannot be read or written
     */
    public void finish() throws IOException {
        merge();
        for (int piece = dirty.nextSetBit(0); piece >= 0; piece = dirty.nextSetBit(piece + 1)) {
            long pages = Math.min(PIECE_PAGES, runs.pages() - (long) piece * PIECE_PAGES);
            MemorySegment bytes = scratch.asSlice(0, pages * PAGE);
            space.read((long) piece * PIECE_PAGES, bytes);
            var again = new CRC32C();
            again.update(bytes.asByteBuffer());
            crcs[piece] = (int) again.getValue();
            zero.set(piece, bytes.mismatch(ZERO_PIECE.asSlice(0, bytes.byteSize())) < 0);
        }
        dirty.clear();
    }

    /**
     * Reads pages by number.
     *
     * @param number of the first
     * @param into whole pages
     * @throws IOException if the file cannot be read
     */
    public void read(long number, MemorySegment into) throws IOException {
        space.read(number, into);
    }

    private static boolean isZero(MemorySegment page) {
        return MemorySegment.mismatch(page, 0, PAGE, ZERO_PAGE, 0, PAGE) < 0;
    }

    @Override
    public void close() throws IOException {
        if (lateContents.isPresent()) lateContents.get().close();
        if (undo.isPresent()) undo.get().close();
        if (last.isPresent()) last.get().close();
        if (rounds.isPresent()) {
            rounds.get().earlier().close();
            rounds.get().where().close();
        }
    }
}
