package org.xenimage.image.record;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.layout.FieldKind;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Both directions of one record type: bytes to a record, named fields to bytes.
 *
 * @param decoder from bytes
 * @param encoder from named fields
 * @param kind of the fields
 */
record RecordCodec(Decoder decoder, Encoder encoder, Supplier<FieldKind> kind) {
    /** Bytes to a record. */
    @FunctionalInterface
    interface Decoder {
        XenRecord decode(RecordContext context, MemorySegment body, Fault place)
                throws ImageException;
    }

    /** Named fields to bytes. */
    @FunctionalInterface
    interface Encoder {
        byte[] encode(RecordContext context, FieldValue.Group fields);
    }

    /** Named fields to a record, once their bytes have been taken apart. */
    @FunctionalInterface
    interface Reader {
        XenRecord read(FieldValue.Group fields);
    }

    private static final Layout NO_FIELDS = Layout.struct("a record without fields");

    private static final Map<RecordType, RecordCodec> CODECS =
            Map.ofEntries(
                    Map.entry(RecordType.END, withoutFields(new End())),
                    Map.entry(RecordType.X86_PV_INFO, laidOut(PvInfo.LAYOUT, PvInfo::of)),
                    Map.entry(
                            RecordType.X86_PV_P2M_FRAMES,
                            readFrom(P2mFrames.LAYOUT, P2mFrames::decode)),
                    Map.entry(
                            RecordType.X86_PV_VCPU_BASIC,
                            chosen(VcpuLayouts::basic, VcpuBasic::new)),
                    Map.entry(
                            RecordType.X86_PV_VCPU_EXTENDED,
                            chosen(_ -> VcpuLayouts.EXTENDED, VcpuExtended::new)),
                    Map.entry(
                            RecordType.X86_PV_VCPU_XSAVE,
                            chosen(_ -> VcpuLayouts.XSAVE, VcpuXsave::new)),
                    Map.entry(RecordType.X86_PV_VCPU_MSRS, laidOut(VcpuMsrs.LAYOUT, VcpuMsrs::of)),
                    Map.entry(
                            RecordType.SHARED_INFO,
                            chosen(
                                    context -> LayoutChoice.of(SharedInfoLayouts.page(context)),
                                    SharedInfo::new)),
                    Map.entry(RecordType.X86_TSC_INFO, laidOut(TscInfo.LAYOUT, TscInfo::of)),
                    Map.entry(
                            RecordType.HVM_CONTEXT,
                            new RecordCodec(
                                    HvmContext::decode, HvmContext::encode, HvmContext::kind)),
                    Map.entry(RecordType.HVM_PARAMS, laidOut(HvmParams.LAYOUT, HvmParams::of)),
                    Map.entry(RecordType.TOOLSTACK, laidOut(Toolstack.LAYOUT, Toolstack::of)),
                    Map.entry(RecordType.VERIFY, withoutFields(new Verify())),
                    Map.entry(RecordType.CHECKPOINT, withoutFields(new Checkpoint())),
                    Map.entry(
                            RecordType.CHECKPOINT_DIRTY_PFN_LIST,
                            readFrom(
                                    CheckpointDirtyPfnList.LAYOUT, CheckpointDirtyPfnList::decode)),
                    Map.entry(RecordType.STATIC_DATA_END, withoutFields(new StaticDataEnd())),
                    Map.entry(
                            RecordType.X86_CPUID_POLICY,
                            laidOut(CpuidPolicy.LAYOUT, CpuidPolicy::of)),
                    Map.entry(RecordType.X86_MSR_POLICY, laidOut(MsrPolicy.LAYOUT, MsrPolicy::of)),
                    Map.entry(RecordType.LIBXL_END, withoutFields(new LibxlEnd())),
                    Map.entry(RecordType.LIBXC_CONTEXT, withoutFields(new LibxcContext())),
                    Map.entry(
                            RecordType.EMULATOR_XENSTORE_DATA,
                            new RecordCodec(
                                    EmulatorXenstoreData::decode,
                                    EmulatorXenstoreData::encode,
                                    EmulatorXenstoreData::kind)),
                    Map.entry(
                            RecordType.EMULATOR_CONTEXT,
                            laidOut(EmulatorContext.LAYOUT, EmulatorContext::of)),
                    Map.entry(RecordType.CHECKPOINT_END, withoutFields(new CheckpointEnd())),
                    Map.entry(
                            RecordType.CHECKPOINT_STATE,
                            chosen(_ -> CheckpointState.LAYOUTS, CheckpointState::new)));

    static RecordCodec of(RecordType type) {
        RecordCodec known = CODECS.get(type);
        return known != null
                ? known
                : new RecordCodec(
                        (_, body, _) -> new OpaqueRecord(type, FieldValue.Bytes.of(body)),
                        (context, fields) -> OpaqueRecord.LAYOUT.encode(fields, context.order()),
                        OpaqueRecord.LAYOUT::kind);
    }

    /** A record that has no fields: its layout has no bytes, and any there are is corrupt. */
    private static RecordCodec withoutFields(XenRecord record) {
        return laidOut(NO_FIELDS, _ -> record);
    }

    private static RecordCodec laidOut(Layout layout, Reader reader) {
        return new RecordCodec(
                (context, body, place) -> reader.read(layout.decode(body, context.order(), place)),
                (context, fields) -> layout.encode(fields, context.order()),
                layout::kind);
    }

    /** A record that reads its bytes itself: too many to be values, or with rules beyond single fields. */
    private static RecordCodec readFrom(Layout layout, Decoder decoder) {
        return new RecordCodec(
                decoder, (context, fields) -> layout.encode(fields, context.order()), layout::kind);
    }

    /** A record that has had several layouts. */
    private static RecordCodec chosen(Function<RecordContext, LayoutChoice> choice, Reader reader) {
        return new RecordCodec(
                (context, body, place) ->
                        reader.read(choice.apply(context).decode(body, context.order(), place)),
                (context, fields) -> choice.apply(context).encode(fields, context.order()),
                () -> widths(choice));
    }

    /** The kinds of a record whose words are as wide as the guest's. */
    private static FieldKind widths(Function<RecordContext, LayoutChoice> choice) {
        List<FieldKind> kinds =
                List.of(RecordContext.X86_64, RecordContext.X86_32).stream()
                        .map(context -> choice.apply(context).kind())
                        .distinct()
                        .toList();
        return kinds.size() == 1 ? kinds.getFirst() : new FieldKind.OneOf(kinds);
    }
}
