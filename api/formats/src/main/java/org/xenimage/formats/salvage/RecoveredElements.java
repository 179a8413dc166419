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
 * The elements that a recovery has found or put in, in the order in which they are handed out, and the account of what
 * was lost. Whatever is lost or put in marks the stream as damaged.
 *
 * <p>When the stream is damaged, the pages that only the {@link EnclosingImage} still knows go before the END record:
 * {@link #holdForLeftovers} holds back what follows until they are handed out. State of one recovery, for one thread.
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

    /** Adds an element that the log is not told of by name: it takes the place of one that was found, or ends it. */
    void made(ImageElement element) {
        log.made(element);
        found(element);
    }

    /** Adds a record without content that the stream should contain, and does not. */
    void made(RecordType type, RecordContext context, String what) {
        made(RecordFrame.of(type, context, MemorySegment.NULL), what);
    }

    /** Tells the log that something was put in. */
    void added(String what) {
        damaged = true;
        log.added(what);
    }

    /** Tells the log that bytes are lost; none is not a loss. */
    void lost(long offset, long bytes, String what) {
        if (bytes > 0) lostAt(offset, bytes, what);
    }

    /** Tells the log of a loss whose length may be unknown, which is told as 0. */
    void lostAt(long offset, long bytes, String what) {
        damaged = true;
        log.lost(offset, bytes, what);
    }

    /** Marks the stream as damaged, whatever the log is told. */
    void damaged() {
        damaged = true;
    }

    /** Tells the log and the enclosing image that the contents of a page are lost. */
    void lostPage(long pfn) throws IOException {
        log.lostPage(pfn);
        enclosing.missing(pfn);
    }

    /** Holds back what is added from now on, if a damaged stream may have lost pages that the image still knows. */
    void holdForLeftovers() {
        holding = damaged;
    }

    /** Whether elements are held back: {@link #handOutLeftovers} goes before anything else. */
    boolean holding() {
        return holding;
    }

    /** Adds some of the pages that only the enclosing image knows; after the last, what was held back. */
    void handOutLeftovers() throws IOException {
        if (enclosing.leftover(ready::add)) return;
        holding = false;
        ready.addAll(heldBack);
        heldBack.clear();
    }

    /** Whether there is nothing to hand out. */
    boolean isEmpty() {
        return ready.isEmpty();
    }

    /** Hands out one element; false if there is none. */
    boolean handOut(ImageSink sink) throws IOException {
        ImageElement next = ready.poll();
        if (next == null) return false;
        sink.accept(next);
        return true;
    }
}
