package org.xenimage.image.record;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.layout.FieldKind;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalLong;

/**
 * The layouts that one record or entry has had over the years, distinguished by length when
 * decoding and by field names when encoding.
 *
 * @param layouts the one of today first; any fault is worded by it
 */
record LayoutChoice(List<Layout> layouts) {
    static LayoutChoice of(Layout... layouts) {
        return new LayoutChoice(List.of(layouts));
    }

    Layout ofLength(long bytes) {
        for (Layout layout : layouts) if (layout.fits(bytes)) return layout;
        return layouts.getFirst();
    }

    /** What a group of any of the layouts is. */
    FieldKind kind() {
        return layouts.size() == 1
                ? layouts.getFirst().kind()
                : new FieldKind.OneOf(layouts.stream().<FieldKind>map(Layout::kind).toList());
    }

    boolean fits(long bytes) {
        return ofLength(bytes).fits(bytes);
    }

    Layout of(FieldValue.Group fields) {
        for (Layout layout : layouts) if (layout.describes(fields)) return layout;
        return layouts.getFirst();
    }

    FieldValue.Group decode(MemorySegment body, ByteOrder order, Fault place)
            throws ImageException {
        return ofLength(body.byteSize()).decode(body, order, place);
    }

    byte[] encode(FieldValue.Group fields, ByteOrder order) {
        return of(fields).encode(fields, order);
    }

    OptionalLong offsetOf(FieldValue.Group fields, String path) {
        return of(fields).offsetOf(path);
    }
}
