package org.xenimage.image.record;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * Where a PV guest keeps its p2m (libxc-migration-stream, section X86_PV_P2M_FRAMES).
 *
 * <pre>
 *   0  u32 p2m_start_pfn
 *   4  u32 p2m_end_pfn    inclusive
 *   8  u64 p2m_pfn[]      the PFNs of the frames that hold the p2m's entries from start to end
 * </pre>
 *
 * <p>A frame holds 4096 / guest width entries, so that the two ends determine how many frames there are; any other
 * number of them, and an end before the start, is corrupt.
 *
 * @param startPfn the first PFN whose entry the frames hold
 * @param endPfn the last one
 * @param pfns of the frames
 */
public record P2mFrames(long startPfn, long endPfn, List<Long> pfns) implements XenRecord {
    static final Layout LAYOUT =
            Layout.struct(
                    "X86_PV_P2M_FRAMES",
                    Layout.u32("p2m_start_pfn"),
                    Layout.u32("p2m_end_pfn"),
                    Layout.numbersToEnd("p2m_pfn", 8));

    private static final long PAGE = 4096;

    /** Copies the list. */
    public P2mFrames {
        pfns = PfnList.copyOf(pfns);
    }

    static P2mFrames decode(RecordContext context, MemorySegment body, Fault place)
            throws CorruptImage {
        LAYOUT.checkLength(body.byteSize(), place);
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(context.order());
        long start = Integer.toUnsignedLong(body.get(u32, 0));
        long end = Integer.toUnsignedLong(body.get(u32, 4));
        if (start > end)
            throw new CorruptImage(
                    LAYOUT.fault(place, "p2m_end_pfn")
                            .expected("at least 0x" + Long.toHexString(start))
                            .found(end));
        long entries = PAGE / context.guestWidth();
        long frames = end / entries - start / entries + 1;
        long found = (body.byteSize() - LAYOUT.length()) / 8;
        if (found != frames)
            throw new CorruptImage(
                    LAYOUT.fault(place, "p2m_pfn")
                            .expected(
                                    "0x%x frames for PFNs 0x%x to 0x%x of a guest of width %d"
                                            .formatted(frames, start, end, context.guestWidth()))
                            .found(found));
        return new P2mFrames(start, end, PfnList.of(body, LAYOUT.length(), context.order()));
    }

    @Override
    public RecordType type() {
        return RecordType.X86_PV_P2M_FRAMES;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder()
                .u32("p2m_start_pfn", startPfn)
                .u32("p2m_end_pfn", endPfn)
                .add("p2m_pfn", PfnList.sequence(pfns))
                .build();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
