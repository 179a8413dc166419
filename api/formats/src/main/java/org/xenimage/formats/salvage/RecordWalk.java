package org.xenimage.formats.salvage;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The state machine of a recovery: walks from record to record, through the layers of the stream.
 *
 * <ul>
 *   <li>An intact record is passed on, and may enter or leave a layer, or end the stream.
 *   <li>A damaged one is skipped if an intact one follows; its remaining pages are passed on.
 *   <li>Otherwise the next intact record is looked for, and the records that lead into its layer
 *       are put in.
 *   <li>At the end of the bytes, the missing END records are added.
 * </ul>
 *
 * <pre>
 *   libxl ── LIBXC_CONTEXT, libxc header ──▸ libxc ── END ──▸ libxl ── libxl END ──▸ end
 *     ▴                                        │
 *     └──────── CHECKPOINT ────────────────────┤  (checkpointed streams)
 *     └──────── CHECKPOINT_END ────────────────▸
 * </pre>
 *
 * <p>Memory: one record. State of one recovery, for one thread.
 */
final class RecordWalk {
    /** How the stream ends. */
    enum Ending {
        /** It continues. */
        NOT_YET,
        /** With its END record. */
        WITH_END,
        /** Without one. */
        CUT
    }

    private final SparseBytes in;
    private final Framing framing;
    private final RecordScanner records;
    private final HeaderRecovery headers;
    private final PageRecovery pages;
    private final RecoveredElements out;
    private final Set<RecordType> seen = new HashSet<>();
    private Ending ending = Ending.NOT_YET;
    private boolean libxcEnded;
    private boolean checkpointed;

    /** Whether the round after the last checkpoint is not complete. */
    private boolean roundIncomplete;

    RecordWalk(
            SparseBytes in,
            Framing framing,
            RecordScanner records,
            HeaderRecovery headers,
            PageRecovery pages,
            RecoveredElements out) {
        this.in = in;
        this.framing = framing;
        this.records = records;
        this.headers = headers;
        this.pages = pages;
        this.out = out;
    }

    /** Takes one record, if there is one. Not after {@link #ending} has changed. */
    void step() throws IOException {
        if (framing.at < in.length()) record();
        else cut();
    }

    /** How the stream ends, as far as is known. */
    Ending ending() {
        return ending;
    }

    /** Takes the record that is expected here, or its remains. */
    private void record() throws IOException {
        if (!in.intact(framing.at, RecordFrame.HEADER_LENGTH)) {
            resync(framing.at, framing.at, "a record header that is gone");
            return;
        }
        RecordHeader record = records.header(framing.at);
        switch (records.classify(record, framing.layer)) {
            case Classification.Intact(RecordType type) -> take(record, type);
            case Classification.Damaged(RecordType type, String why) -> {
                long recovered = registers(record, type);
                String what = "record " + type + ": " + why;
                if (!passOver(record, type, recovered, what))
                    resync(recovered, Math.max(record.offset() + 1, recovered), what);
            }
            case Classification.NotARecord(String why) ->
                    resync(record.offset(), record.offset() + 1, why);
        }
    }

    /**
     * Goes after a damaged record, with the pages that are left of it; false if its length is not
     * to be believed.
     */
    private boolean passOver(RecordHeader record, RecordType type, long recovered, String what)
            throws IOException {
        boolean ends = record.end() <= in.length();
        if (type.equals(RecordType.PAGE_DATA)) {
            if (!pages.take(record) && !(ends && records.intact(record.end(), framing.layer)))
                return false;
        } else {
            boolean cut = !ends && recovered > record.offset();
            if (!cut && (!ends || !records.intact(record.end(), framing.layer))) return false;
            out.lost(recovered, Math.min(record.end(), in.length()) - recovered, what);
        }
        framing.at = Math.min(record.end(), in.length());
        return true;
    }

    /**
     * Passes on the intact part of a damaged record that holds registers: without them a debugger
     * finds no vCPU and no page tables. Returns its end, or where the record begins if there is none.
     */
    private long registers(RecordHeader record, RecordType type) throws IOException {
        if (libxcEnded) return record.offset();
        var remains = new VcpuRemains(in, record, framing.context);
        Optional<MemorySegment> body = remains.of(type);
        if (body.isEmpty()) return record.offset();
        seen.add(type);
        out.found(RecordFrame.of(type, framing.context, body.get()));
        if (remains.end() >= in.length())
            out.lostAt(in.length(), 0, "what followed the cut: the rest of record " + type);
        return remains.end();
    }

    private void take(RecordHeader record, RecordType type) throws IOException {
        framing.at = record.end();
        if (type.equals(RecordType.PAGE_DATA)) {
            pages.take(record);
            return;
        }
        if (libxcEnded && type.layer() == Layer.LIBXC) {
            lost(record, "record " + type + " after the end of the libxc stream");
            return;
        }
        seen.add(type);
        if (type.equals(RecordType.LIBXC_CONTEXT) && framing.contextSeen) {
            lost(record, "a second LIBXC_CONTEXT");
            return;
        }
        MemorySegment bytes = Arena.ofAuto().allocate(record.length(), 8);
        in.read(record.offset(), bytes);
        if (type.equals(RecordType.LIBXC_CONTEXT)) {
            if (!headers.libxcHeaderAfter(records.frame(record, type, bytes), framing.at))
                lost(record, "record " + type + " without a libxc header");
            return;
        }
        if (type.equals(RecordType.END)) out.holdForLeftovers();
        out.found(records.frame(record, type, bytes));
        if (type.equals(RecordType.END)) {
            libxcEnded = true;
            if (framing.libxl) framing.layer = Layer.LIBXL;
            else finish();
        } else if (type.equals(RecordType.LIBXL_END)) {
            finish();
        } else if (type.equals(RecordType.CHECKPOINT)) {
            checkpointed = true;
            roundIncomplete = !records.wholeRound(framing.at);
            if (framing.libxl) framing.layer = Layer.LIBXL;
            else stopAtCheckpoint();
        } else if (type.equals(RecordType.CHECKPOINT_END)) {
            if (framing.contextSeen) framing.layer = Layer.LIBXC;
            stopAtCheckpoint();
        } else if (type.equals(RecordType.X86_PV_INFO) && record.bodyLength() >= 1) {
            boolean narrow = bytes.get(ValueLayout.JAVA_BYTE, RecordFrame.HEADER_LENGTH) == 4;
            if (narrow) framing.context = new RecordContext(framing.context.order(), 4);
        }
    }

    private void lost(RecordHeader record, String what) {
        out.lost(record.offset(), record.length(), what);
    }

    /**
     * Ends the stream at a checkpoint whose following round is not complete: its pages are newer
     * than the lost ones, so together they would be a state in which the guest never was.
     */
    private void stopAtCheckpoint() {
        if (!roundIncomplete) return;
        out.lost(
                framing.at,
                in.length() - framing.at,
                "the round after the last complete checkpoint: the guest has its state of that checkpoint");
        framing.at = in.length();
    }

    /** Looks for the next intact record, and continues there; what precedes it is lost. */
    private void resync(long start, long from, String what) throws IOException {
        if (framing.header.isEmpty()) {
            out.lostAt(start, 0, what);
            headers.libxcHeader(start);
            return;
        }
        OptionalLong found = records.next(from);
        framing.at = found.orElse(in.length());
        out.lost(start, framing.at - start, what);
        if (found.isEmpty()) return;
        framing.step = Framing.ALIGNED;
        enter(framing.layerOf(records.header(framing.at)));
    }

    /** Puts in what leads into the layer of a record found after damage. */
    private void enter(Layer layer) {
        if (layer == framing.layer || (layer == Layer.LIBXC && libxcEnded)) return;
        if (layer == Layer.LIBXC) {
            if (checkpointed) makeLibxl(RecordType.CHECKPOINT_END);
        } else if (!libxcEnded) {
            RecordType between = checkpointed ? RecordType.CHECKPOINT : RecordType.END;
            out.holdForLeftovers();
            out.made(between, framing.context, "record " + between);
            libxcEnded = !checkpointed;
        }
        framing.layer = layer;
    }

    private void makeLibxl(RecordType type) {
        out.made(type, framing.libxlContext(), "record " + type);
    }

    /** The stream is over before its END. */
    private void cut() {
        out.damaged();
        if (framing.header.isEmpty()) headers.libxcHeaderOfEnclosing();
        if (framing.header.isPresent() && !libxcEnded) {
            if (!checkpointed) behindTheCut();
            if (framing.layer == Layer.LIBXL) makeLibxl(RecordType.CHECKPOINT_END);
            out.holdForLeftovers();
            out.made(RecordType.END, framing.context, "record END");
        }
        if (framing.libxl) makeLibxl(RecordType.LIBXL_END);
        ending = Ending.CUT;
        out.made(end());
    }

    /** What the stream of such a guest has and this one does not was after the cut. */
    private void behindTheCut() {
        GuestRecords.missing(seen, framing.isPv())
                .ifPresent(
                        records -> out.lostAt(in.length(), 0, "what followed the cut: " + records));
    }

    private void finish() {
        ending = Ending.WITH_END;
        out.found(end());
    }

    private StreamEnd end() {
        return new StreamEnd(framing.at, StreamEnd.Ending.COMPLETE, ByteRun.of(MemorySegment.NULL));
    }
}
