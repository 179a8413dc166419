package org.xenimage.formats.xenimage.v1.read;

import org.xenimage.formats.core.PageRuns;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.xenimage.v1.Native;
import org.xenimage.formats.xenimage.v1.seal.ContentDigest;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.RandomAccessBytes;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The stream of a seekable image, put together again: literals from the skeleton, contents from the pages (section 5).
 *
 * <p>A complete read computes the digest, and {@link #checkDigest} compares it with that of the
 * image. Memory: the runs of PFNs, and the entries of one record.
 */
public final class SeekableStream implements ByteSource {
    private final String name;
    private final SeekableImage image;
    private final AutoCloseable owner;
    private final Stored skeleton;
    private final Stored recipe;
    private final SeekableImage.Pages pages;
    private final Optional<Stored> earlier;
    private final Optional<Stored> where;
    private final ValueLayout.OfLong entryLayout;
    private final ContentDigest digest = new ContentDigest();
    private Optional<PageRuns> runs = Optional.empty();
    private boolean complete = true;

    private long nextStep;
    private long skeletonAt;
    private long literalLeft;
    private int stepEntries;
    private int stepContents;
    private boolean expanded = true;
    private long contentsBefore;

    /** Of each content of the step its page's number, or the complement of its number among the earlier ones. */
    private long[] places = new long[0];

    private long contentAt;
    private long contentEnd;
    private long position;

    /** What a read failed with. What comes after that place is not known, so that every later read fails too. */
    private Optional<IOException> failure = Optional.empty();

    public SeekableStream(String name, SeekableImage image, AutoCloseable owner)
            throws IOException {
        this.name = name;
        this.image = image;
        this.owner = owner;
        this.skeleton = image.require(Native.SKELETON);
        this.recipe = image.require(Native.RECIPE);
        this.pages = image.pagesForwards();
        this.earlier = image.find(Native.EARLIER);
        this.where = image.find(Native.WHERE);
        this.entryLayout =
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(
                        image.ident().bigEndianEntries()
                                ? ByteOrder.BIG_ENDIAN
                                : ByteOrder.LITTLE_ENDIAN);
        if (earlier.isPresent() != where.isPresent())
            throw corrupt(Native.EARLIER + " and " + Native.WHERE + " go together");
    }

    private CorruptImage corrupt(String problem) {
        return new CorruptImage(
                Fault.in(name)
                        .element("step %d of %s".formatted(nextStep - 1, Native.RECIPE))
                        .problem(problem)
                        .remedy("the image is damaged, or its writer had a bug"));
    }

    /** Goes to the next step; false at the end. */
    private boolean step() throws IOException {
        if (nextStep * Native.STEP_LENGTH >= recipe.length()) return false;
        MemorySegment step = MemorySegment.ofArray(new byte[Native.STEP_LENGTH]);
        recipe.read(nextStep++ * Native.STEP_LENGTH, step);
        literalLeft = step.get(Elf.U64, 0);
        stepEntries = step.get(Elf.U32, 8);
        stepContents = step.get(Elf.U32, 12);
        long entryBytes = 8L * stepEntries;
        if (literalLeft < 0 || literalLeft > skeleton.length() - skeletonAt) {
            throw corrupt(
                    "takes 0x%x bytes of a skeleton that has 0x%x left"
                            .formatted(literalLeft, skeleton.length() - skeletonAt));
        }
        if (stepEntries < 0
                || stepContents < 0
                || stepContents > stepEntries
                || entryBytes > literalLeft) {
            throw corrupt(
                    "has %d entries and %d contents in a literal of 0x%x bytes"
                            .formatted(stepEntries, stepContents, literalLeft));
        }
        if (stepEntries > 0 && entryBytes > Native.LITERAL_MAX) {
            throw new LimitExceeded(
                    Fault.in(name)
                            .element("step %d of %s".formatted(nextStep - 1, Native.RECIPE))
                            .field("entries")
                            .expected("at most 0x" + Long.toHexString(Native.LITERAL_MAX / 8))
                            .found(stepEntries));
        }
        boolean last = nextStep * Native.STEP_LENGTH >= recipe.length();
        if (literalLeft == 0 && stepContents == 0 && !last) throw corrupt("gives nothing");
        contentAt = 0;
        contentEnd = (long) stepContents * Native.PAGE;
        expanded = false;
        return true;
    }

    /** Finds the place of each content of the step, whose literal has been passed. */
    private void expand() throws IOException {
        expanded = true;
        if (stepContents == 0) return;
        if (runs.isEmpty()) runs = Optional.of(pages.runs());
        PageRuns known = runs.get();
        MemorySegment entries = Arena.ofAuto().allocate(8L * stepEntries, 8);
        skeleton.read(skeletonAt - entries.byteSize(), entries);
        MemorySegment moved = MemorySegment.NULL;
        if (where.isPresent()) {
            long first = contentsBefore * 8;
            if (first + 8L * stepContents > where.get().length())
                throw corrupt("has contents beyond " + Native.WHERE);
            moved = Arena.ofAuto().allocate(8L * stepContents, 8);
            where.get().read(first, moved);
        }
        if (places.length < stepContents) places = new long[Math.max(1024, stepContents)];
        int count = 0;
        for (int i = 0; i < stepEntries; i++) {
            long entry = entries.get(entryLayout, 8L * i);
            if (!new PageEntry(entry).hasData()) continue;
            if (count == stepContents) throw corrupt("has more contents than it says");
            long beside = moved.byteSize() > 0 ? moved.get(Elf.U64, 8L * count) : 0;
            places[count++] = beside == 0 ? known.find(new PageEntry(entry).pfn()) : ~(beside - 1);
            long place = places[count - 1];
            if (beside == 0 && place == PageRuns.NONE) {
                throw corrupt(
                        "names PFN 0x%x, which has no page".formatted(new PageEntry(entry).pfn()));
            }
            if (beside != 0
                    && (beside < 0 || beside > earlier.orElseThrow().length() / Native.PAGE)) {
                throw corrupt(
                        "refers to earlier content 0x%x, which does not exist".formatted(beside));
            }
        }
        if (count != stepContents)
            throw corrupt("says %d contents and has %d".formatted(stepContents, count));
        contentsBefore += stepContents;
    }

    @Override
    public long read(MemorySegment into) throws IOException {
        long done = take(into);
        if (complete) digest.update(into.asSlice(0, done));
        return done;
    }

    private long take(MemorySegment into) throws IOException {
        if (failure.isPresent()) throw failure.get();
        try {
            return takeOn(into);
        } catch (IOException e) {
            failure = Optional.of(e);
            throw e;
        }
    }

    private long takeOn(MemorySegment into) throws IOException {
        long done = 0;
        while (done < into.byteSize()) {
            long left = into.byteSize() - done;
            long took;
            if (literalLeft > 0) {
                took = Math.min(left, literalLeft);
                skeleton.read(skeletonAt, into.asSlice(done, took));
                skeletonAt += took;
                literalLeft -= took;
            } else if (contentAt < contentEnd) {
                if (!expanded) expand();
                took = contents(into.asSlice(done, Math.min(left, contentEnd - contentAt)));
            } else {
                if (!expanded) expand();
                if (!step()) break;
                took = 0;
            }
            done += took;
        }
        position += done;
        return done;
    }

    /** Reads contents that follow one another in the file at once. */
    private long contents(MemorySegment into) throws IOException {
        int index = (int) (contentAt / Native.PAGE);
        long within = contentAt % Native.PAGE;
        long place = places[index];
        int more = 1;
        boolean beside = place < 0;
        long direction = beside ? -1 : 1;
        while (index + more < stepContents
                && places[index + more] == place + direction * more
                && (long) more * Native.PAGE - within < into.byteSize()) {
            more++;
        }
        long length = Math.min(into.byteSize(), (long) more * Native.PAGE - within);
        if (beside)
            earlier.orElseThrow().read(~place * Native.PAGE + within, into.asSlice(0, length));
        else pages.read(place, into.asSlice(0, length), within);
        contentAt += length;
        return length;
    }

    @Override
    public long readSome(MemorySegment into) throws IOException {
        return read(into);
    }

    @Override
    public long skip(long bytes) throws IOException {
        if (bytes > 0) complete = false;
        if (failure.isPresent()) throw failure.get();
        try {
            return skipOn(bytes);
        } catch (IOException e) {
            failure = Optional.of(e);
            throw e;
        }
    }

    private long skipOn(long bytes) throws IOException {
        long done = 0;
        while (done < bytes) {
            long took;
            if (literalLeft > 0) {
                took = Math.min(bytes - done, literalLeft);
                skeletonAt += took;
                literalLeft -= took;
            } else if (contentAt < contentEnd) {
                if (!expanded) expand();
                took = Math.min(bytes - done, contentEnd - contentAt);
                contentAt += took;
            } else {
                if (!expanded) expand();
                if (!step()) break;
                took = 0;
            }
            done += took;
        }
        position += done;
        return done;
    }

    /**
     * The bytes go from the file to the digest's own memory, and from there to the sink, while the next ones are read
     * and those before are digested.
     */
    @Override
    public long moveTo(ByteSink sink, long bytes) throws IOException {
        long moved = 0;
        while (moved < bytes) {
            MemorySegment buffer = digest.buffer();
            MemorySegment through = buffer.asSlice(0, Math.min(buffer.byteSize(), bytes - moved));
            long took = take(through);
            if (took == 0) break;
            digest.advance(took, sink.writeBehind(through.asSlice(0, took)));
            moved += took;
        }
        return moved;
    }

    @Override
    public Optional<RandomAccessBytes> byPosition() throws IOException {
        return Optional.of(new Positions(new SeekableStream(name, image, () -> {})));
    }

    /**
     * The starts of steps in the stream, in the skeleton and among the contents. Of a long recipe
     * only every so many steps are kept, and those between are read again.
     */
    private static final class Positions implements RandomAccessBytes {
        private static final int ANCHORS = 1 << 14;

        private final SeekableStream stream;
        private final long[] starts = new long[ANCHORS];
        private final long[] literals = new long[ANCHORS];
        private final long[] contents = new long[ANCHORS];
        private int anchors;

        /** How many steps each place is from the next one that is kept. */
        private long interval = 1;

        Positions(SeekableStream stream) throws IOException {
            this.stream = stream;
            stream.complete = false;
            long start = 0;
            long literal = 0;
            long content = 0;
            for (long number = 0; stream.step(); number++) {
                if (number % interval == 0) {
                    if (anchors == ANCHORS) thin();
                    if (number % interval == 0) {
                        starts[anchors] = start;
                        literals[anchors] = literal;
                        contents[anchors++] = content;
                    }
                }
                start += stream.literalLeft + stream.contentEnd;
                literal += stream.literalLeft;
                content += stream.stepContents;
                stream.skeletonAt = literal;
            }
            stream.position = Long.MAX_VALUE; // stands nowhere yet
        }

        /** Keeps every other place. */
        private void thin() {
            for (int i = 0; i < ANCHORS / 2; i++) {
                starts[i] = starts[2 * i];
                literals[i] = literals[2 * i];
                contents[i] = contents[2 * i];
            }
            anchors = ANCHORS / 2;
            interval *= 2;
        }

        @Override
        public long length() {
            return stream.image.ident().streamLength();
        }

        @Override
        public long read(long position, MemorySegment into) throws IOException {
            if (anchors == 0) return 0;
            int found = Arrays.binarySearch(starts, 0, anchors, position);
            int anchor = found >= 0 ? found : -found - 2;
            if (stream.failure.isPresent()
                    || stream.position > position
                    || stream.position < starts[anchor]) {
                stream.failure = Optional.empty();
                stream.position = Long.MAX_VALUE; // stands nowhere until the step is read
                stream.nextStep = anchor * interval;
                stream.skeletonAt = literals[anchor];
                stream.contentsBefore = contents[anchor];
                if (!stream.step()) return 0;
                stream.position = starts[anchor];
            }
            stream.skip(position - stream.position);
            return stream.take(into);
        }
    }

    @Override
    public MemorySegment peek(int bytes) throws IOException {
        if (position != 0) throw new IllegalStateException("peek after reading");
        MemorySegment first = Arena.ofAuto().allocate(Math.min(bytes, PEEK_MAX));
        try (var other = new SeekableStream(name, image, () -> {})) {
            return first.asSlice(0, other.read(first)).asReadOnly();
        }
    }

    /** Holds what was read against the content digest; does nothing if something was skipped. */
    public void checkDigest() throws CorruptImage {
        if (!complete) return;
        byte[] found = digest.finish();
        if (position == image.ident().streamLength() && Arrays.equals(found, image.digest()))
            return;
        throw new CorruptImage(
                Fault.in(name)
                        .element("note DIGEST")
                        .field("stream_length, digest")
                        .expected(
                                "0x%x, %s"
                                        .formatted(
                                                image.ident().streamLength(), hex(image.digest())))
                        .found("0x%x, %s".formatted(position, hex(found)))
                        .remedy("the content is not what was saved; do not restore it"));
    }

    public static String hex(byte[] bytes) {
        return java.util.HexFormat.of().formatHex(bytes);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(image.ident().streamLength());
    }

    @Override
    public void close() throws IOException {
        digest.close();
        try {
            owner.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
