package org.xenimage.image.verify;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.tests.testkit.Wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The elements of a small image, to be broken in one place.
 *
 * @param all in stream order
 */
record Elements(List<ImageElement> all) {
    static final ByteRun NONE = ByteRun.of(MemorySegment.NULL);
    static final long LAST_PFN = 15;

    /** A PV guest of 16 pages. */
    static Elements pv() {
        return new Elements(
                List.of(
                        xlHeader(ByteOrder.LITTLE_ENDIAN, 0, NONE),
                        Config.of(JsonNodeFactory.instance.objectNode()),
                        new SiteMetadata(-1, NONE, ByteOrder.LITTLE_ENDIAN),
                        libxlHeader(0),
                        record(RecordType.LIBXC_CONTEXT),
                        libxcHeader(3, 1, 0, 0),
                        record(RecordType.X86_PV_INFO, wire().u8(8).u8(4).u16(0).u32(0)),
                        record(RecordType.X86_CPUID_POLICY, wire().fill(0, 24)),
                        record(RecordType.X86_MSR_POLICY, wire().fill(0, 16)),
                        record(RecordType.STATIC_DATA_END),
                        record(RecordType.X86_PV_P2M_FRAMES, wire().u32(0).u32(LAST_PFN).u64(2)),
                        pages(0, 1),
                        tsc(0),
                        record(RecordType.SHARED_INFO, wire().fill(0, 4096)),
                        vcpu(RecordType.X86_PV_VCPU_BASIC, 5168),
                        record(RecordType.END),
                        record(RecordType.LIBXL_END),
                        new StreamEnd(-1, StreamEnd.Ending.COMPLETE, NONE)));
    }

    /** An HVM guest with a qemu. */
    static Elements hvm() {
        return new Elements(
                List.of(
                        libxlHeader(0),
                        record(RecordType.LIBXC_CONTEXT),
                        libxcHeader(3, 2, 0, 0),
                        record(RecordType.STATIC_DATA_END),
                        pages(0, 1),
                        tsc(0),
                        record(
                                RecordType.HVM_CONTEXT,
                                wire().u32(1).u32(24).fill(0, 24).u32(0).u32(0)),
                        record(RecordType.HVM_PARAMS, wire().u32(1).u32(0).u64(1).u64(2)),
                        record(RecordType.END),
                        record(
                                RecordType.EMULATOR_XENSTORE_DATA,
                                wire().u32(2)
                                        .u32(0)
                                        .bytes((byte) 'k', (byte) 0, (byte) 'v', (byte) 0)),
                        record(RecordType.EMULATOR_CONTEXT, wire().u32(2).u32(0).fill(9, 13)),
                        record(RecordType.LIBXL_END),
                        new StreamEnd(-1, StreamEnd.Ending.COMPLETE, NONE)));
    }

    static XlHeader xlHeader(ByteOrder order, int optionalFlags, ByteRun tail) {
        return new XlHeader(0, order, 3, optionalFlags, tail);
    }

    static LibxlHeader libxlHeader(int options) {
        return new LibxlHeader(-1, 2, options);
    }

    static LibxcHeader libxcHeader(int version, int type, int options, int domainReserved) {
        return new LibxcHeader(
                -1,
                version,
                (short) options,
                (short) 0,
                0,
                type,
                (short) 12,
                (short) domainReserved,
                4,
                17);
    }

    static RecordFrame record(RecordType type) {
        return record(type, wire());
    }

    static RecordFrame record(RecordType type, Wire body) {
        return RecordFrame.of(type, RecordContext.X86_64, MemorySegment.ofArray(body.toArray()));
    }

    /** X86_TSC_INFO with what is in its reserved field. */
    static RecordFrame tsc(int reserved) {
        return record(
                RecordType.X86_TSC_INFO, wire().u32(0).u32(2_000_000).u64(5).u32(0).u32(reserved));
    }

    static RecordFrame vcpu(RecordType type, int context) {
        return record(type, wire().u32(0).u32(0).fill(1, context));
    }

    /** Pages that have contents. */
    static PageBatch pages(long... entries) {
        return PageBatch.of(
                ByteOrder.LITTLE_ENDIAN,
                entries,
                MemorySegment.ofArray(new byte[entries.length * 4096]));
    }

    static TrailingBytes trailing(String bytes) {
        return new TrailingBytes(
                -1,
                ByteRun.of(
                        MemorySegment.ofArray(
                                bytes.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1))));
    }

    static Wire wire() {
        return Wire.in(ByteOrder.LITTLE_ENDIAN);
    }

    Elements without(String label) {
        return edited(elements -> elements.remove(index(label)));
    }

    Elements with(String label, ImageElement other) {
        return edited(elements -> elements.set(index(label), other));
    }

    Elements before(String label, ImageElement other) {
        return edited(elements -> elements.add(index(label), other));
    }

    Elements after(String label, ImageElement other) {
        return edited(elements -> elements.add(index(label) + 1, other));
    }

    Elements twice(String label) {
        return edited(elements -> elements.add(index(label), elements.get(index(label))));
    }

    Elements swapped(String label, String other) {
        return edited(elements -> java.util.Collections.swap(elements, index(label), index(other)));
    }

    /** What a verifier says of them. */
    List<Finding> findings(Reading reading) {
        List<Finding> findings = new ArrayList<>();
        var verifier = new Verifier("test.save", reading, findings::add);
        try {
            for (ImageElement element : all) verifier.accept(element);
            verifier.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return findings;
    }

    private int index(String label) {
        for (int i = 0; i < all.size(); i++) if (all.get(i).label().equals(label)) return i;
        throw new IllegalArgumentException("no " + label);
    }

    private Elements edited(Consumer<List<ImageElement>> edit) {
        List<ImageElement> changed = new ArrayList<>(all);
        edit.accept(changed);
        return new Elements(changed);
    }
}
