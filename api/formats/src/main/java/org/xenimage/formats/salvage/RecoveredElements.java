package org.xenimage.formats.salvage;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.SalvageLog;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * The elements that a recovery has found or added, in order, and the record of what was lost. Every
 * loss and addition marks the stream as damaged.
 *
 * <p>When the stream is damaged, the pages that only the {@link EnclosingImage} still knows go
 * before the END record: {@link #holdForLeftovers} holds back later elements until they are passed
 * on. State of one recovery, for one thread.
 */
final class RecoveredElements {
    private final EnclosingImage enclosing;
    private final SalvageLog log;
    private final Queue<ImageElement> ready = new ArrayDeque<>();

    /** What follows the pages that only the enclosing image knows. */
    private final Queue<ImageElement> heldBack = new ArrayDeque<>();

    private boolean holding;
    private boolean damaged;

    RecoveredElements(EnclosingImage enclosing, SalvageLog log) {
        this.enclosing = enclosing;
        this.log = log;
    }

    /** Adds an element that the stream contains. */
    void found(ImageElement element) {
        (holding ? heldBack : ready).add(element);
    }

    /** Adds an element that the stream should contain, and does not. */
    void made(ImageElement element, String what) {
        added(what);
        made(element);
    }

    /**
     * Adds an element without reporting it to the log: it replaces one that was found, or ends it.
     */
    void made(ImageElement element) {
        log.made(element);
        found(element);
    }

    /** Adds a record without content that the stream should contain, and does not. */
    void made(RecordType type, RecordContext context, String what) {
        made(RecordFrame.of(type, context, MemorySegment.NULL), what);
    }

    /** Reports an addition to the log. */
    void added(String what) {
        damaged = true;
        log.added(what);
    }

    /** Reports lost bytes to the log; none is not a loss. */
    void lost(long offset, long bytes, String what) {
        if (bytes > 0) lostAt(offset, bytes, what);
    }

    /** Reports a loss to the log; an unknown length is reported as 0. */
    void lostAt(long offset, long bytes, String what) {
        damaged = true;
        log.lost(offset, bytes, what);
    }

    /** Marks the stream as damaged, whatever the log receives. */
    void damaged() {
        damaged = true;
    }

    /** Reports to the log and the enclosing image that the contents of a page are lost. */
    void lostPage(long pfn) throws IOException {
        log.lostPage(pfn);
        enclosing.missing(pfn);
    }

    /**
     * Holds back what is added from now on, if a damaged stream may have lost pages that the image
     * still knows.
     */
    void holdForLeftovers() {
        holding = damaged;
    }

    /** Whether elements are held back: {@link #handOutLeftovers} goes before anything else. */
    boolean holding() {
        return holding;
    }

    /**
     * Adds some of the pages that only the enclosing image knows; after the last, what was held
     * back.
     */
    void handOutLeftovers() throws IOException {
        if (enclosing.leftover(ready::add)) return;
        holding = false;
        ready.addAll(heldBack);
        heldBack.clear();
    }

    /** Whether there is nothing to pass on. */
    boolean isEmpty() {
        return ready.isEmpty();
    }

    /** Passes on one element; false if there is none. */
    boolean handOut(ImageSink sink) throws IOException {
        ImageElement next = ready.poll();
        if (next == null) return false;
        sink.accept(next);
        return true;
    }
}
