package org.xenimage.image.record;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.layout.FieldKind;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * A decoded record of a libxl or libxc stream: one Java record type for each record of the specifications
 * (libxc-migration-stream and libxl-migration-stream, section Records), and {@link OpaqueRecord} for all others.
 *
 * <p>Decoding and encoding are exact inverses: a body that decodes encodes to the same bytes, reserved fields and
 * padding included. Three things a reader of {@link #fields} may look for are not in it:
 *
 * <ul>
 *   <li>Padding appears only where it is not zero.
 *   <li>Counts and lengths that other fields determine do not appear; encoding computes them.
 *   <li>Nothing derived appears: every name in the fields refers to bytes of the body. What Xen's
 *       headers call a value is in {@link #names}, and such things as the vendor of a CPUID policy
 *       are methods of the record.
 * </ul>
 *
 * <p>Records are immutable and independent of the image they came from.
 */
public sealed interface XenRecord
        permits FieldlessRecord,
                PvInfo,
                P2mFrames,
                VcpuBasic,
                VcpuExtended,
                VcpuXsave,
                VcpuMsrs,
                SharedInfo,
                TscInfo,
                HvmContext,
                HvmParams,
                CpuidPolicy,
                MsrPolicy,
                Toolstack,
                CheckpointDirtyPfnList,
                EmulatorXenstoreData,
                EmulatorContext,
                CheckpointState,
                OpaqueRecord {
    /** {@return the type in the record's header} */
    RecordType type();

    /** {@return the fields by the names of the specification and of Xen's public headers, in the order of the wire} */
    FieldValue.Group fields();

    /**
     * Encodes the body.
     *
     * @param context how the body shall read
     * @return its bytes, without padding of the record
     * @throws FieldRejected if a field has a value that the wire cannot hold
     */
    default byte[] encode(RecordContext context) {
        return RecordCodec.of(type()).encoder().encode(context, fields());
    }

    /**
     * Values that have a name in Xen's headers. Read-only: they are not fields, and cannot be
     * edited.
     *
     * @return the name by the path of the value, such as {@code TSC_MODE_DEFAULT} by {@code mode}; a value without a
     *     name has none
     */
    default SequencedMap<String, String> names() {
        return Collections.unmodifiableSequencedMap(new LinkedHashMap<>());
    }

    /**
     * Registers whose bits are features, by the names of {@code arch-x86/cpufeatureset.h}. Read-only,
     * like {@link #names}.
     *
     * @return the features that are set, by the path of the register, such as {@code leaves[2].ebx}; a
     *     register without named features has no entry
     */
    default SequencedMap<String, List<String>> featuresByField() {
        return Collections.unmodifiableSequencedMap(new LinkedHashMap<>());
    }

    /**
     * The layout of the body, if one layout describes it whole.
     *
     * @param context how the body reads
     * @return the layout; none for HVM_CONTEXT and EMULATOR_XENSTORE_DATA, whose parts vary in length
     */
    Optional<Layout> layout(RecordContext context);

    /**
     * Finds the position of a field.
     *
     * @param path of the field, such as {@code user_regs.rip}
     * @param context how the body reads
     * @return the bytes from the start of the body, if the record has such a field
     */
    default OptionalLong offsetOf(String path, RecordContext context) {
        Optional<Layout> layout = layout(context);
        return layout.isPresent() && fields().find(path).isPresent()
                ? layout.get().offsetOf(path)
                : OptionalLong.empty();
    }

    /**
     * Finds the field at an offset.
     *
     * @param offset from the start of the body
     * @param context how the body reads
     * @return the path of the innermost field that has this byte, if there is one
     */
    default Optional<String> pathAt(long offset, RecordContext context) {
        return layout(context).flatMap(layout -> layout.pathAt(offset));
    }

    /**
     * The names and kinds of the fields of a record type, of every release and guest.
     *
     * @param type of the record; one that the specification does not name has a {@code body} of bytes
     * @return what {@link #fields} of a record of this type can be
     */
    static FieldKind kind(RecordType type) {
        return RecordCodec.of(type).kind().get();
    }

    /**
     * Decodes a body.
     *
     * @param type from the record's header; one that the specification does not name gives an {@link OpaqueRecord}
     * @param context how the body reads
     * @param body its bytes, without padding of the record
     * @param place the record, with the offset of its header, for faults
     * @return the record
     * @throws ImageException if the body is not what the type says
     */
    static XenRecord decode(RecordType type, RecordContext context, MemorySegment body, Fault place)
            throws ImageException {
        return RecordCodec.of(type).decoder().decode(context, body, place);
    }

    /**
     * Makes a record from named fields: an edit, a script's values, JSON.
     *
     * @param type of the record
     * @param context how the body shall read
     * @param fields as {@link #fields} has them
     * @return the record
     * @throws FieldRejected if a field is missing, a name is unknown, or a value is none that the field can hold
     */
    static XenRecord ofFields(RecordType type, RecordContext context, FieldValue.Group fields) {
        RecordCodec codec = RecordCodec.of(type);
        MemorySegment body = MemorySegment.ofArray(codec.encoder().encode(context, fields));
        try {
            return codec.decoder()
                    .decode(context, body, Fault.in("fields").element("record " + type));
        } catch (CorruptImage e) {
            Fault fault = e.fault();
            throw new FieldRejected(fault.field(), fault.expected(), fault.found());
        } catch (ImageException e) {
            throw new FieldRejected("", "the fields of record " + type, e.fault().message());
        }
    }
}
