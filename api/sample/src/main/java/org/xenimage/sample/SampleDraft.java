package org.xenimage.sample;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntry;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.XenRecord;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** A record or an HVM entry being made: a body of zeros at first, then field by field. */
final class SampleDraft {
    private static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(RecordContext.X86_64.order());
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(RecordContext.X86_64.order());
    private static final int DESCRIPTOR = 8;

    private FieldValue.Group fields;

    private SampleDraft(FieldValue.Group fields) {
        this.fields = fields;
    }

    /** A record whose body has so many bytes. */
    static SampleDraft ofRecord(RecordType type, int length) {
        return new SampleDraft(zeros(type, new byte[length]).fields());
    }

    /** An entry of HVM_CONTEXT whose body has so many bytes. */
    static SampleDraft ofEntry(HvmEntryType type, int length) {
        byte[] body = new byte[DESCRIPTOR + length + DESCRIPTOR];
        MemorySegment bytes = MemorySegment.ofArray(body);
        bytes.set(U16, 0, (short) type.code());
        bytes.set(U32, 4, length);
        HvmEntry entry = ((HvmContext) zeros(RecordType.HVM_CONTEXT, body)).entries().getFirst();
        return new SampleDraft((FieldValue.Group) entry.body());
    }

    SampleDraft set(String path, long value) {
        fields = fields.with(path, value);
        return this;
    }

    /** Sets the first bytes of a run; the others stay zero. */
    SampleDraft set(String path, byte[] bytes) {
        int length = fields.bytes(path).length();
        fields = fields.with(path, FieldValue.Bytes.of(Arrays.copyOf(bytes, length)));
        return this;
    }

    FieldValue.Group fields() {
        return fields;
    }

    HvmEntry entry(HvmEntryType type, int instance) {
        return new HvmEntry(type.code(), instance, fields);
    }

    private static XenRecord zeros(RecordType type, byte[] body) {
        try {
            Fault place = Fault.in("the sample").element("record " + type);
            return XenRecord.decode(type, RecordContext.X86_64, MemorySegment.ofArray(body), place);
        } catch (IOException e) {
            throw new UncheckedIOException("record " + type + " of zeros", e);
        }
    }
}
