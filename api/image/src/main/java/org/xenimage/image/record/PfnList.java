package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** An immutable list of PFNs that takes eight bytes for each; a dirty list may have millions. */
final class PfnList extends AbstractList<Long> implements RandomAccess {
    private final long[] pfns;

    private PfnList(long[] pfns) {
        this.pfns = pfns;
    }

    static List<Long> copyOf(List<Long> pfns) {
        return pfns instanceof PfnList
                ? pfns
                : new PfnList(pfns.stream().mapToLong(Long::longValue).toArray());
    }

    /** The PFNs of a body from an offset to the end, whose length has been checked. */
    static List<Long> of(MemorySegment body, long offset, ByteOrder order) {
        return new PfnList(
                body.asSlice(offset).toArray(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order)));
    }

    FieldValue.Sequence sequence() {
        FieldValue[] items = new FieldValue[pfns.length];
        for (int at = 0; at < items.length; at++) items[at] = FieldValue.u64(pfns[at]);
        return new FieldValue.Sequence(List.of(items));
    }

    static FieldValue.Sequence sequence(List<Long> pfns) {
        return ((PfnList) copyOf(pfns)).sequence();
    }

    @Override
    public Long get(int index) {
        return pfns[index];
    }

    @Override
    public int size() {
        return pfns.length;
    }
}
