package org.xenimage.image.record;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * The PFNs that the secondary wrote since the last checkpoint (libxc-migration-stream, section
 * CHECKPOINT_DIRTY_PFN_LIST). It goes from the secondary to the primary only, and in no particular order.
 *
 * <pre>
 *   0  u64 pfn[]  up to the end
 * </pre>
 *
 * @param pfns in the order of the wire
 */
public record CheckpointDirtyPfnList(List<Long> pfns) implements XenRecord {
    static final Layout LAYOUT =
            Layout.struct("CHECKPOINT_DIRTY_PFN_LIST", Layout.numbersToEnd("pfn", 8));

    /** Copies the list. */
    public CheckpointDirtyPfnList {
        pfns = PfnList.copyOf(pfns);
    }

    static CheckpointDirtyPfnList decode(RecordContext context, MemorySegment body, Fault place)
            throws CorruptImage {
        LAYOUT.checkLength(body.byteSize(), place);
        return new CheckpointDirtyPfnList(PfnList.of(body, 0, context.order()));
    }

    @Override
    public RecordType type() {
        return RecordType.CHECKPOINT_DIRTY_PFN_LIST;
    }

    @Override
    public FieldValue.Group fields() {
        return new GroupBuilder().add("pfn", PfnList.sequence(pfns)).build();
    }

    @Override
    public Optional<Layout> layout(RecordContext context) {
        return Optional.of(LAYOUT);
    }
}
