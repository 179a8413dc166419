package org.xenimage.image.verify;

import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The rules of a stream that was made from a Xen dump-core ({@code xen/include/public/elfnote.h},
 * {@code tools/libs/guest/xg_core.c}), which has none of the records that a restore needs.
 *
 * <p>What Xen itself would never write but other readers of dump-cores read is a warning: a map
 * that does not ascend, an entry that names no page in its middle, counts that disagree. Of each
 * kind one finding for a file.
 */
final class CoreRules {
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int NOTE_HEADER = 0x2000001;
    private static final long CONTEXT_64 = 5168;
    private static final long CONTEXT_32 = 2800;

    private final FindingLog findings;
    private boolean core;
    private long pagesTold = -1;
    private long vcpusTold = -1;
    private long contexts;
    private long pages;
    private long last = -1;
    private boolean invalidSeen;
    private long descending;
    private long between;
    private SectionOrder layout = SectionOrder.XEN;
    private long unplaced;
    private long unbacked;

    /** Where the sections are in the file. */
    private enum SectionOrder {
        /** Where Xen puts them. */
        XEN,
        /** Elsewhere. */
        FOREIGN,
        /** So that no rewrite can keep it. */
        UNKEPT
    }

    CoreRules(FindingLog findings) {
        this.findings = findings;
    }

    /** {@return whether the stream was made from a dump-core} */
    boolean is() {
        return core;
    }

    void record(RecordFrame frame) throws IOException {
        RecordType type = frame.type();
        if (type.equals(RecordType.CORE_NOTES)) {
            core = true;
            header(frame.body());
        } else if (type.equals(RecordType.CORE_CONTEXTS)) {
            contexts = frame.bodyLength();
        } else if (type.equals(RecordType.CORE_INVALID) && frame.bodyLength() >= 8) {
            invalidSeen = true;
            pages += frame.body().get(U64, 0);
        } else if (type.equals(RecordType.CORE_LAYOUT) && frame.bodyLength() >= 4) {
            layout = frame.body().get(U32, 0) == 0 ? SectionOrder.UNKEPT : SectionOrder.FOREIGN;
        } else if (type.equals(RecordType.CORE_UNPLACED)) {
            unplaced += frame.bodyLength();
        } else if (type.equals(RecordType.CORE_UNBACKED)) {
            unbacked += frame.bodyLength();
        }
    }

    /** Takes the counts of the note HEADER. */
    private void header(MemorySegment notes) {
        long at = 0;
        while (notes.byteSize() - at >= 12) {
            long name = padded(Integer.toUnsignedLong(notes.get(U32, at)));
            long length = Integer.toUnsignedLong(notes.get(U32, at + 4));
            long body = at + 12 + name;
            if (body + length > notes.byteSize()) return;
            if (notes.get(U32, at + 8) == NOTE_HEADER && length >= 24) {
                vcpusTold = notes.get(U64, body + 8);
                pagesTold = notes.get(U64, body + 16);
                return;
            }
            at = body + padded(length);
        }
    }

    private static long padded(long length) {
        return (length + 3) & ~3L;
    }

    void pages(PageBatch batch) throws IOException {
        int count = batch.count();
        if (invalidSeen && count > 0) {
            between++;
            invalidSeen = false;
        }
        for (int i = 0; i < count; i++) {
            long pfn = batch.pfn(i);
            if (pfn <= last) descending++;
            last = pfn;
        }
        pages += count;
    }

    void end(RecordFrame frame) {
        Fault file = findings.nowhere("dump-core");
        findings.note(
                Rule.CORE,
                file.problem("holds the memory and the vCPUs of a guest")
                        .remedy("debuggers open it; Xen cannot restore it"));
        switch (layout) {
            case XEN -> {}
            case FOREIGN ->
                    findings.note(
                            Rule.CORE,
                            file.problem("has sections or headers that Xen does not write so")
                                    .remedy("they are kept byte for byte"));
            case UNKEPT ->
                    findings.warning(
                            Rule.CORE,
                            file.problem("has a layout that cannot be kept")
                                    .remedy(
                                            "it is read; convert it to native or vmcore instead of rewriting it"));
        }
        Fault map = findings.nowhere("map of the dump-core");
        if (descending > 0)
            findings.warning(
                    Rule.CORE_MAP,
                    map.expected("PFNs in ascending order")
                            .found(descending + " out of order")
                            .remedy(
                                    "Xen always writes them in order; the map is read entry by entry"));
        if (between > 0)
            findings.warning(
                    Rule.CORE_MAP,
                    map.expected("entries without a page only at the end")
                            .found("some within it")
                            .remedy("all other pages are read"));
        if (unplaced > 0)
            findings.warning(
                    Rule.CORE_MAP,
                    map.problem("ends early")
                            .expected("an entry for each page")
                            .found(
                                    "%d bytes of .xen_pages, from page %d on, without one"
                                            .formatted(unplaced, pages))
                            .remedy("their PFNs are unknown"));
        if (unbacked > 0)
            findings.warning(
                    Rule.CORE_MAP,
                    map.expected("a page for each entry")
                            .found("%d bytes of entries without one".formatted(unbacked))
                            .remedy("the pages that exist are read"));
        Fault header = findings.nowhere("note HEADER");
        if (pagesTold >= 0 && pagesTold != pages)
            findings.warning(
                    Rule.CORE_COUNT,
                    header.field("xch_nr_pages")
                            .expected(pages + ", the pages that have an entry in the map")
                            .found(Long.toUnsignedString(pagesTold))
                            .remedy("the sections are used, as in other readers"));
        boolean fits =
                vcpusTold >= 0
                        && vcpusTold < 1 << 20
                        && (contexts == vcpusTold * CONTEXT_64
                                || contexts == vcpusTold * CONTEXT_32);
        if (vcpusTold >= 0 && !fits)
            findings.warning(
                    Rule.CORE_COUNT,
                    header.field("xch_nr_vcpus")
                            .expected("the contexts of .xen_prstatus, %d bytes".formatted(contexts))
                            .found(Long.toUnsignedString(vcpusTold))
                            .remedy("the section is used, as in other readers"));
    }
}
