package org.xenimage.formats.salvage;

import org.xenimage.formats.elf.Elf;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * Distinguishes records from other bytes, and finds the next record after damage.
 *
 * <p>Nothing marks a record: its header is a small number and a length. So there are three degrees
 * of belief. A header is {@link #plausible} if its type is known and its length allowed. A record
 * where one is expected is {@link #classify classified} by its body, which must be what its type
 * says. A record in the middle of damage is believed only if, in addition, another plausible header
 * follows it ({@link #next}).
 *
 * <p>A length and a type are enough to make the scanner decode a body in vain; the sum of such
 * bodies has a bound, so that the work is linear in the length of the stream. Memory: one record of
 * at most a MiB. For one thread.
 */
final class RecordScanner {
    private static final int WINDOW = 1 << 20;

    /**
     * Few records are longer than this; those that may be are not decoded to see whether they are
     * intact.
     */
    private static final long LONG = 1 << 20;

    /** The greatest code that means a record in both layers. */
    private static final int SHARED_CODES = 5;

    private static final int TRIALS_PER_BYTE = 8;
    private static final long TRIALS_MIN = 1L << 30;

    /** The type of the first entry of an HVM context, and the magic in it. */
    private static final int HVM_HEADER = 1;

    private static final int HVM_MAGIC = 0x54381286;

    private final SparseBytes in;
    private final Framing framing;
    private final MemorySegment head = Arena.ofAuto().allocate(16, 8);

    /** How many bytes of bodies may still be decoded in vain. */
    private long trials;

    RecordScanner(SparseBytes in, Framing framing) {
        this.in = in;
        this.framing = framing;
        this.trials = Math.max(TRIALS_MIN, in.length() * TRIALS_PER_BYTE);
    }

    /**
     * Reads a record header, in the byte order of the layer that is expected; its bytes must be
     * there.
     */
    RecordHeader header(long offset) throws IOException {
        MemorySegment bytes = head.asSlice(0, RecordFrame.HEADER_LENGTH);
        in.read(offset, bytes);
        ValueLayout.OfInt u32 =
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(framing.context(framing.layer).order());
        return new RecordHeader(
                offset, bytes.get(u32, 0), Integer.toUnsignedLong(bytes.get(u32, 4)));
    }

    /** Judges a record of a layer by its body. */
    Classification classify(RecordHeader record, Layer of) throws IOException {
        if (record.tooLong())
            return new Classification.NotARecord(
                    "no record header: a body of 0x%x bytes".formatted(record.bodyLength()));
        RecordType type = record.type(of);
        boolean there = in.intact(record.offset(), record.length());
        if (type.equals(RecordType.PAGE_DATA)) {
            if (there && hasPageShape(record)) return new Classification.Intact(type);
            return new Classification.Damaged(
                    type, there ? "its entries do not fit its length" : "is incomplete");
        }
        if (!type.known()) {
            boolean framed = there && record.end() < in.length() && plausible(record.end(), of);
            return framed
                    ? new Classification.Intact(type)
                    : new Classification.NotARecord(
                            "no record header: type 0x%x".formatted(record.code()));
        }
        if (!there) return new Classification.Damaged(type, "is incomplete");
        boolean sound =
                record.bodyLength() > LONG
                        ? GuestRecords.mayBeLong(type) && plausible(record.end(), of)
                        : decodes(record, type);
        return sound
                ? new Classification.Intact(type)
                : new Classification.Damaged(type, "its body does not fit its type");
    }

    /**
     * Whether there is an intact record here: a damaged record is skipped only if an intact one
     * follows.
     */
    boolean intact(long offset, Layer of) throws IOException {
        if (endsOrIsGone(offset)) return offset <= in.length();
        RecordHeader record = header(offset);
        Layer there = record.code() > SHARED_CODES ? Layer.LIBXC : of;
        return (record.bodyLength() > 0 || record.code() == RecordType.END.code())
                && classify(record, there) instanceof Classification.Intact;
    }

    /**
     * Whether a record header may be here; a hole may hide one, and the end of the stream counts as
     * one.
     */
    private boolean plausible(long offset, Layer of) throws IOException {
        if (endsOrIsGone(offset)) return offset <= in.length();
        RecordHeader record = header(offset);
        boolean known =
                record.type(of).known()
                        || record.type(Layer.LIBXL).known()
                        || record.type(Layer.LIBXC).known()
                        || record.type(of).optional();
        return (known && !record.tooLong()) || head.get(Elf.U64, 0) == LibxcHeader.MARKER;
    }

    private boolean endsOrIsGone(long offset) throws IOException {
        return offset == in.length() || !in.intact(offset, RecordFrame.HEADER_LENGTH);
    }

    private boolean hasPageShape(RecordHeader record) throws IOException {
        return PageShape.of(in, record.offset(), record.bodyLength(), framing.context.order())
                .isPresent();
    }

    private boolean decodes(RecordHeader record, RecordType type) throws IOException {
        MemorySegment bytes = Arena.ofAuto().allocate(record.length(), 8);
        in.read(record.offset(), bytes);
        try {
            var _ = frame(record, type, bytes).decode();
            return true;
        } catch (ImageException e) {
            return false;
        }
    }

    /**
     * Puts a record into its frame.
     *
     * @param record its header
     * @param type with its layer
     * @param bytes header, body and padding
     */
    RecordFrame frame(RecordHeader record, RecordType type, MemorySegment bytes) {
        return new RecordFrame(
                in.name(),
                record.offset(),
                type,
                record.bodyLength(),
                framing.context(type.layer()),
                ByteRun.of(bytes.asReadOnly()));
    }

    /**
     * The next offset of an intact record that is followed by another one, in steps of
     * {@link Framing#step} from {@link Framing#at}.
     *
     * @param from where to begin
     * @return empty if there is none, or too much was decoded in vain
     */
    OptionalLong next(long from) throws IOException {
        int step = framing.step;
        long grid = framing.at % step;
        long probe = from + Math.floorMod(grid - from, step);
        MemorySegment window = Arena.ofAuto().allocate(WINDOW, 8);
        long windowAt = -1;
        long windowEnd = -1;
        while (probe + RecordFrame.HEADER_LENGTH <= in.length()) {
            if (windowAt < 0 || probe + 8 > windowEnd) {
                if (!in.intact(probe, 8)) {
                    long intact = in.nextWhole(probe + 1);
                    probe = intact + Math.floorMod(grid - intact, step);
                    continue;
                }
                long bytes = Math.min(WINDOW, in.length() - probe);
                while (bytes > 8 && !in.intact(probe, bytes)) bytes = Math.max(8, bytes / 2);
                in.read(probe, window.asSlice(0, bytes));
                windowAt = probe;
                windowEnd = probe + bytes;
            }
            int code = window.get(Elf.U32, probe - windowAt);
            if (framing.context.order().equals(ByteOrder.BIG_ENDIAN))
                code = Integer.reverseBytes(code);
            if (code > 0 && code <= RecordType.X86_MSR_POLICY.code()) {
                RecordHeader record = header(probe);
                if (record.bodyLength() > 0 && isFollowed(record)) return OptionalLong.of(probe);
                if (trials < 0) return OptionalLong.empty();
            }
            probe += step;
        }
        return OptionalLong.empty();
    }

    /** Whether bytes amid damage are an intact record that another one follows. */
    private boolean isFollowed(RecordHeader record) throws IOException {
        Layer of = framing.layerOf(record);
        RecordType type = record.type(of);
        if (!type.known() || record.tooLong()) return false;
        if (GuestRecords.foreign(type, framing.isPv())) return false;
        if (type.equals(RecordType.HVM_CONTEXT) && !beginsAsHvmContext(record)) return false;
        boolean pages = type.equals(RecordType.PAGE_DATA);
        if (record.end() > in.length()) return pages && hasPageShape(record);
        if (!plausible(record.end(), of)) return false;
        if (!pages) trials -= record.bodyLength();
        return switch (classify(record, of)) {
            case Classification.Intact _ -> true;
            case Classification.Damaged _ -> pages && hasPageShape(record);
            case Classification.NotARecord _ -> false;
        };
    }

    /** Whether a body begins with the HEADER of an HVM context, which a part of one does not. */
    private boolean beginsAsHvmContext(RecordHeader record) throws IOException {
        long body = record.offset() + RecordFrame.HEADER_LENGTH;
        if (record.bodyLength() < 16 || !in.intact(body, 16)) return false;
        in.read(body, head);
        return head.get(Elf.U16, 0) == HVM_HEADER && head.get(Elf.U32, 8) == HVM_MAGIC;
    }

    /**
     * Whether all records from here on exist, up to the next checkpoint or the end of the stream.
     */
    boolean wholeRound(long from) throws IOException {
        Layer of = framing.libxl ? Layer.LIBXL : Layer.LIBXC;
        long place = from;
        while (in.intact(place, RecordFrame.HEADER_LENGTH)) {
            RecordHeader record = header(place);
            RecordType type = record.type(of);
            if (!type.known() && !type.optional()) return false;
            if (record.tooLong() || !in.intact(place, record.length())) return false;
            if (type.equals(RecordType.PAGE_DATA) && !hasPageShape(record)) return false;
            if (type.equals(RecordType.CHECKPOINT)
                    || type.equals(RecordType.END)
                    || type.equals(RecordType.LIBXL_END)) return true;
            if (type.equals(RecordType.CHECKPOINT_END)) of = Layer.LIBXC;
            place = record.end();
        }
        return false;
    }
}
