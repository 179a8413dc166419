package org.xenimage.image.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.layout.Layout;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Each record type against bytes that were put down by hand. */
class RecordGoldenTest {
    private static final Fault PLACE = Fault.in("web1.save").at(0x100).element("record");
    private static final RecordContext WIDTH_4 = new RecordContext(ByteOrder.LITTLE_ENDIAN, 4);
    private static final RecordContext BIG_ENDIAN = new RecordContext(ByteOrder.BIG_ENDIAN, 8);

    @Test
    void pvInfoTellsTheGuestsWidth() throws ImageException {
        var info = (PvInfo) decode(RecordType.X86_PV_INFO, Body.littleEndian().u8(8, 4).zeros(6));
        assertEquals(new PvInfo(8, 4, FieldValue.Bytes.ofHex("000000000000")), info);
    }

    @Test
    void pvInfoOfAnImpossibleWidthIsCorrupt() {
        var e = corrupt(RecordType.X86_PV_INFO, Body.littleEndian().u8(5, 4).zeros(6));
        assertEquals(
                "web1.save: record at 0x108: guest_width: expected 0x4 or 0x8, found 0x5",
                e.getMessage());
    }

    @Test
    void impossibleWidthIsRejectedInAnEdit() throws ImageException {
        XenRecord info = decode(RecordType.X86_PV_INFO, Body.littleEndian().u8(8, 4).zeros(6));
        var e =
                assertThrows(
                        FieldRejected.class,
                        () ->
                                XenRecord.ofFields(
                                        info.type(),
                                        RecordContext.X86_64,
                                        info.fields().with("guest_width", 6)));
        assertEquals("field guest_width: expected 0x4 or 0x8, found 0x6", e.getMessage());
    }

    @Test
    void p2mFramesAreAsManyAsTheirRangeNeeds() throws ImageException {
        Body body = Body.littleEndian().u32(0, 0x3ff).u64(0x11, 0x22);
        assertEquals(
                new P2mFrames(0, 0x3ff, List.of(0x11L, 0x22L)),
                decode(RecordType.X86_PV_P2M_FRAMES, body));
        var e =
                assertThrows(
                        CorruptImage.class,
                        () ->
                                XenRecord.decode(
                                        RecordType.X86_PV_P2M_FRAMES,
                                        WIDTH_4,
                                        body.segment(),
                                        PLACE));
        assertEquals(
                "web1.save: record at 0x110: p2m_pfn: expected 0x1 frames for PFNs 0x0 to 0x3ff of "
                        + "a guest of width 4, found 0x2",
                e.getMessage());
    }

    @Test
    void p2mRangeThatEndsBeforeItsStartIsCorruptAndRejected() throws ImageException {
        var e = corrupt(RecordType.X86_PV_P2M_FRAMES, Body.littleEndian().u32(5, 4).u64(1));
        assertEquals(
                "web1.save: record at 0x10c: p2m_end_pfn: expected at least 0x5, found 0x4",
                e.getMessage());
        XenRecord good = decode(RecordType.X86_PV_P2M_FRAMES, Body.littleEndian().u32(5, 6).u64(1));
        var rejected =
                assertThrows(
                        FieldRejected.class,
                        () ->
                                XenRecord.ofFields(
                                        good.type(),
                                        RecordContext.X86_64,
                                        good.fields().with("p2m_start_pfn", 7)));
        assertEquals("field p2m_end_pfn: expected at least 0x7, found 0x6", rejected.getMessage());
    }

    @Test
    void vcpuOfA64BitGuestHasItsRegistersByName() throws ImageException {
        Body body = Body.littleEndian().u32(3, 0).pattern(512).u64(0x3d);
        for (int register = 15; register >= 1; register--) body.u64(0x100 + register);
        body.u32(14, 0x100)
                .u64(0xffffffff81000000L)
                .u16(0xe033, 0)
                .u8(1, 0, 0, 0)
                .u64(0x246, 0xffffc90000000000L);
        body.u16(0xe02b, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0);
        for (int vector = 0; vector < 256; vector++)
            body.u8(vector, 4).u16(0xe033).zeros(4).u64(0x2000 + vector);
        body.u64(0x51, 0x52);
        for (int frame = 0; frame < 16; frame++) body.u64(0x60 + frame);
        body.u64(16, 0xe02b, 0x71).u64(0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7);
        body.u64(0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7)
                .u64(0xe1, 0xe2, 0xe3, 0x20)
                .u64(0xf1, 0xf2, 0xf3);
        assertEquals(8 + 5168, body.length());

        var vcpu = (VcpuBasic) decode(RecordType.X86_PV_VCPU_BASIC, body);
        FieldValue.Group fields = vcpu.fields();
        assertEquals(3, vcpu.vcpuId());
        assertFalse(vcpu.empty());
        assertEquals(0x10f, fields.unsigned("user_regs.r15"));
        assertEquals(0x101, fields.unsigned("user_regs.rdi"));
        assertEquals(0x105, fields.unsigned("user_regs.rax"));
        assertEquals(0xffffffff81000000L, fields.unsigned("user_regs.rip"));
        assertEquals(1, fields.unsigned("user_regs.saved_upcall_mask"));
        assertEquals(0xffffc90000000000L, fields.unsigned("user_regs.rsp"));
        assertEquals(4, fields.unsigned("user_regs.gs"));
        assertEquals(0x20ff, fields.unsigned("trap_ctxt[255].address"));
        assertEquals(0x52, fields.unsigned("ldt_ents"));
        assertEquals(0x6f, fields.unsigned("gdt_frames[15]"));
        assertEquals(0x71, fields.unsigned("kernel_sp"));
        assertEquals(0xc3, fields.unsigned("ctrlreg[3]"));
        assertEquals(0xd7, fields.unsigned("debugreg[7]"));
        assertEquals(0xe3, fields.unsigned("syscall_callback_eip"));
        assertEquals(0x20, fields.unsigned("vm_assist"));
        assertEquals(0xf3, fields.unsigned("gs_base_user"));
        assertEquals(
                OptionalLong.of(8 + 512 + 8 + 128),
                vcpu.offsetOf("user_regs.rip", RecordContext.X86_64));
    }

    @Test
    void vcpuOfA32BitGuestHasItsOwnLayout() throws ImageException {
        Body body = Body.littleEndian().u32(0, 0).zeros(512).u32(0x3d);
        body.u32(1, 2, 3, 4, 5, 6, 7)
                .u16(8, 9)
                .u32(0xc1000000L)
                .u16(0xe019)
                .u8(1, 0)
                .u32(0x246, 0xc2000000L);
        body.u16(0xe021, 0, 0x7b, 0, 0x7b, 0, 0xd8, 0, 0x33, 0);
        for (int vector = 0; vector < 256; vector++)
            body.u8(vector, 4).u16(0xe019).u32(0x3000 + vector);
        body.u32(0, 0);
        for (int frame = 0; frame < 16; frame++) body.u32(0x60 + frame);
        body.u32(32, 0xe021, 0x71).u32(0, 0, 0, 0xabc, 0, 0, 0, 0).u32(0, 0, 0, 0, 0, 0, 0, 0x400);
        body.u32(0xe019, 0xe1, 0xe019, 0xe2, 0x20);
        assertEquals(8 + 2800, body.length());

        FieldValue.Group fields =
                XenRecord.decode(RecordType.X86_PV_VCPU_BASIC, WIDTH_4, body.segment(), PLACE)
                        .fields();
        assertEquals(7, fields.unsigned("user_regs.eax"));
        assertEquals(0xc1000000L, fields.unsigned("user_regs.eip"));
        assertEquals(0x33, fields.unsigned("user_regs.gs"));
        assertEquals(0x3080, fields.unsigned("trap_ctxt[128].address"));
        assertEquals(0xabc, fields.unsigned("ctrlreg[3]"));
        assertEquals(0xe2, fields.unsigned("failsafe_callback_eip"));
        assertEquals(0x20, fields.unsigned("vm_assist"));
        corrupt(RecordType.X86_PV_VCPU_BASIC, body);
    }

    @Test
    void vcpuRecordsWithoutContentOfXen46To48Decode() throws ImageException {
        Body header = Body.littleEndian().u32(2, 0);
        assertTrue(((VcpuBasic) decode(RecordType.X86_PV_VCPU_BASIC, header)).empty());
        assertTrue(((VcpuExtended) decode(RecordType.X86_PV_VCPU_EXTENDED, header)).empty());
        assertTrue(((VcpuXsave) decode(RecordType.X86_PV_VCPU_XSAVE, header)).empty());
        assertEquals(new VcpuMsrs(2, 0, List.of()), decode(RecordType.X86_PV_VCPU_MSRS, header));
        assertEquals(
                new HvmParams(0, List.of()),
                decode(RecordType.HVM_PARAMS, Body.littleEndian().u32(0, 0)));
    }

    @Test
    void vcpuExtendedHasItsCallbacksAndMachineCheckBanks() throws ImageException {
        Body body =
                Body.littleEndian()
                        .u32(1, 0)
                        .u32(1, 64)
                        .u64(0x11, 0x22)
                        .u16(0x33, 0x44)
                        .u8(1, 0)
                        .zeros(2);
        FieldValue.Group fields =
                decode(RecordType.X86_PV_VCPU_EXTENDED, body.u64(0x2, 0x5, 0x6, 0x7)).fields();
        assertEquals(0x22, fields.unsigned("sysenter_callback_eip"));
        assertEquals(0x44, fields.unsigned("sysenter_callback_cs"));
        assertEquals(1, fields.unsigned("syscall32_disables_events"));
        assertEquals(0x7, fields.unsigned("vmce.mcg_ext_ctl"));
    }

    @Test
    void vcpuExtendedOfAnUnknownLengthStaysBytes() throws ImageException {
        XenRecord record =
                decode(RecordType.X86_PV_VCPU_EXTENDED, Body.littleEndian().u32(1, 0).pattern(100));
        assertEquals(100, record.fields().bytes("context").length());
    }

    @Test
    void vcpuXsaveHasTheHeaderOfItsArea() throws ImageException {
        Body body =
                Body.littleEndian()
                        .u32(1, 0)
                        .u64(7, 0x207)
                        .pattern(512)
                        .u64(3, 0x8000000000000003L);
        FieldValue.Group fields =
                decode(RecordType.X86_PV_VCPU_XSAVE, body.zeros(48).pattern(256)).fields();
        assertEquals(0x207, fields.unsigned("xcr0_accum"));
        assertEquals(3, fields.unsigned("save_area.xsave_hdr.xstate_bv"));
        assertEquals(0x8000000000000003L, fields.unsigned("save_area.xsave_hdr.xcomp_bv"));
        assertEquals(256, fields.bytes("save_area.extended").length());
    }

    @Test
    void vcpuMsrsListIndexAndValue() throws ImageException {
        Body body = Body.littleEndian().u32(1, 0).u32(0xc0000103L, 0).u64(-2L);
        assertEquals(
                new VcpuMsrs(1, 0, List.of(new VcpuMsrs.Msr(0xc0000103L, 0, -2L))),
                decode(RecordType.X86_PV_VCPU_MSRS, body));
    }

    @Test
    void sharedInfoOfA64BitGuest() throws ImageException {
        Body body = sharedInfo(8);
        body.u32(2, 0x5f000000, 999, 1).u64(0x10000, 0x1234, 0, 0xabc000, 0xffffc90000000000L, 6);
        sharedInfoHolds(decode(RecordType.SHARED_INFO, body.pattern(4096 - body.length())), 960);
    }

    @Test
    void sharedInfoOfA32BitGuest() throws ImageException {
        Body body = sharedInfo(4);
        body.u32(2, 0x5f000000, 999).u32(0x10000, 0x1234, 0, 0xabc000, 0, 6, 1);
        XenRecord page =
                XenRecord.decode(
                        RecordType.SHARED_INFO,
                        WIDTH_4,
                        body.pattern(4096 - body.length()).segment(),
                        PLACE);
        sharedInfoHolds(page, 1752);
        assertEquals(1, page.fields().unsigned("arch.wc_sec_hi"));
    }

    /** The page up to the wallclock: vCPU 31 has a pending event, port 1 is pending, port 2 masked. */
    private static Body sharedInfo(int width) {
        Body body = Body.littleEndian().zeros(31 * 64);
        body.u8(1, 0)
                .zeros(width - 2)
                .word(width, 8)
                .word(width, 0xdead)
                .zeros(width == 8 ? 8 : 20);
        body.u32(4, 0).u64(0x1111, 0x2222).u32(0x80000000L).u8(0xff, 1, 0, 0);
        assertEquals(32 * 64, body.length());
        body.word(width, 2).zeros((width * 8 - 1) * width);
        return body.word(width, 4).zeros((width * 8 - 1) * width);
    }

    private static void sharedInfoHolds(XenRecord page, int rest) {
        FieldValue.Group fields = page.fields();
        assertEquals(1, fields.unsigned("vcpu_info[31].evtchn_upcall_pending"));
        assertEquals(0, fields.unsigned("vcpu_info[31].evtchn_upcall_mask"));
        assertEquals(8, fields.unsigned("vcpu_info[31].evtchn_pending_sel"));
        assertEquals(0xdead, fields.unsigned("vcpu_info[31].arch.cr2"));
        assertEquals(0x2222, fields.unsigned("vcpu_info[31].time.system_time"));
        assertEquals(0xff, fields.unsigned("vcpu_info[31].time.tsc_shift"));
        assertEquals(1, fields.unsigned("vcpu_info[31].time.flags"));
        assertEquals(2, fields.unsigned("evtchn_pending[0]"));
        assertEquals(4, fields.unsigned("evtchn_mask[0]"));
        assertEquals(999, fields.unsigned("wc_nsec"));
        assertEquals(0x10000, fields.unsigned("arch.max_pfn"));
        assertEquals(0xabc000, fields.unsigned("arch.p2m_cr3"));
        assertEquals(6, fields.unsigned("arch.p2m_generation"));
        assertEquals(rest, fields.bytes("rest").length());
    }

    @Test
    void sharedInfoIsExactlyOnePage() {
        corrupt(RecordType.SHARED_INFO, Body.littleEndian().zeros(4095));
        corrupt(RecordType.SHARED_INFO, Body.littleEndian().zeros(4097));
    }

    @Test
    void tscInfoHasAModeWithAName() throws ImageException {
        Body body = Body.in(ByteOrder.BIG_ENDIAN).u32(1, 2_400_000).u64(-1L).u32(7, 0);
        var tsc =
                (TscInfo)
                        XenRecord.decode(
                                RecordType.X86_TSC_INFO, BIG_ENDIAN, body.segment(), PLACE);
        assertEquals(new TscInfo(1, 2_400_000, -1L, 7, 0), tsc);
        assertEquals("TSC_MODE_ALWAYS_EMULATE", tsc.names().get("mode"));
        assertEquals(Optional.empty(), new TscInfo(4, 0, 0, 0, 0).modeName());
    }

    @Test
    void valueThatDoesNotFitItsFieldIsRejectedWhenEncoded() {
        var e =
                assertThrows(
                        FieldRejected.class,
                        () -> new TscInfo(1L << 32, 0, 0, 0, 0).encode(RecordContext.X86_64));
        assertEquals("field mode: expected at most 0xffffffff, found 0x100000000", e.getMessage());
        assertThrows(
                FieldRejected.class,
                () -> new TscInfo(-1, 0, 0, 0, 0).encode(RecordContext.X86_64));
    }

    @Test
    void hvmParamsHaveNamesAndValues() throws ImageException {
        Body body = Body.littleEndian().u32(2, 0).u64(1, 0xfeffc, 38, 1);
        var params = (HvmParams) decode(RecordType.HVM_PARAMS, body);
        assertEquals(OptionalLong.of(0xfeffc), params.value("HVM_PARAM_STORE_PFN"));
        assertEquals(OptionalLong.of(1), params.value("MCA_CAP"));
        assertEquals(OptionalLong.empty(), params.value("STORE_EVTCHN"));
        assertEquals("HVM_PARAM_STORE_PFN", params.names().get("param[0].index"));
    }

    @Test
    void paramThatWasAddedIsCounted() throws ImageException {
        XenRecord one = decode(RecordType.HVM_PARAMS, Body.littleEndian().u32(1, 0).u64(1, 2));
        FieldValue param = one.fields().get("param[0]");
        XenRecord two =
                XenRecord.ofFields(
                        one.type(),
                        RecordContext.X86_64,
                        one.fields().with("param", new FieldValue.Sequence(List.of(param, param))));
        assertArrayEquals(
                Body.littleEndian().u32(2, 0).u64(1, 2, 1, 2).toArray(),
                two.encode(RecordContext.X86_64));
    }

    @Test
    void countThatTheBodyDoesNotHoldIsCorrupt() {
        corrupt(RecordType.HVM_PARAMS, Body.littleEndian().u32(2, 0).u64(1, 2));
        corrupt(RecordType.HVM_PARAMS, Body.littleEndian().u32(0xffffffffL, 0).u64(1, 2));
        corrupt(RecordType.HVM_PARAMS, Body.littleEndian().u32(0, 0).u64(1, 2));
    }

    @Test
    void hvmContextNamesTheBodyOfEachEntry() throws ImageException {
        Body body =
                Body.littleEndian()
                        .u16(1, 0)
                        .u32(24)
                        .u32(0x54381286, 1)
                        .u64(0xabc)
                        .u32(0x663, 2_400_000);
        body.u16(2, 1)
                .u32(1032)
                .zeros(512)
                .u64(0x77)
                .zeros(1032 - 520 - 32)
                .u64(0x5555)
                .u32(0x800000ef, 0, 1, 0);
        body.zeros(8);
        body.u16(0x999, 4).u32(3).u8(1, 2, 3);
        body.u16(0, 0).u32(0);
        var context = (HvmContext) decode(RecordType.HVM_CONTEXT, body);
        FieldValue.Group fields = context.fields();
        assertEquals(4, context.entries().size());
        assertEquals(0x54381286, fields.unsigned("entries[0].header.magic"));
        assertEquals(2_400_000, fields.unsigned("entries[0].header.gtsc_khz"));
        assertEquals(1, fields.unsigned("entries[1].instance"));
        assertEquals(0x77, fields.unsigned("entries[1].cpu.rax"));
        assertEquals("010203", fields.bytes("entries[2].bytes").toString());
        assertEquals("CPU", context.names().get("entries[1].typecode"));
        assertEquals(1, context.entries(HvmEntryType.CPU).size());
        assertEquals(1032, context.entries().get(1).length());
        assertEquals(
                OptionalLong.of(32 + 8 + 512),
                context.offsetOf("entries[1].cpu.rax", RecordContext.X86_64));
        assertEquals(
                Optional.of("entries[1].cpu.rax"), context.pathAt(552 + 7, RecordContext.X86_64));
    }

    @Test
    void hvmCpuOfBeforeXen34LacksTscAuxAndFlags() throws ImageException {
        HvmEntry compat = entry(2, 1016);
        assertFalse(compat.fields().find("cpu.msr_tsc_aux").isPresent());
        assertTrue(compat.fields().find("cpu.tsc").isPresent());
        assertTrue(entry(2, 1024).fields().find("cpu.msr_tsc_aux").isPresent());
        assertFalse(entry(2, 1024).fields().find("cpu.flags").isPresent());
        assertTrue(entry(2, 1032).fields().find("cpu.flags").isPresent());
    }

    @Test
    void everyHvmEntryTypeHasTheLengthOfItsStructure() {
        long[] lengths = {
            0, 24, 1032, 8, 400, 32, 1024, 16, 8, 8, 56, 24, 1048, 8, 240, 32, 600, 216, 32, 8, 8
        };
        for (HvmEntryType type : HvmEntryType.values())
            assertEquals(
                    lengths[type.code()],
                    HvmLayouts.of(type).layouts().getFirst().length(),
                    type.name());
    }

    @Test
    void lapicRegistersStandAtTheOffsetsOfTheApic() {
        Layout registers = HvmLayouts.LAPIC_REGS.layouts().getFirst();
        assertEquals(OptionalLong.of(0x20), registers.offsetOf("id"));
        assertEquals(OptionalLong.of(0x80), registers.offsetOf("tpr"));
        assertEquals(OptionalLong.of(0xf0), registers.offsetOf("svr"));
        assertEquals(OptionalLong.of(0x100), registers.offsetOf("isr[0]"));
        assertEquals(OptionalLong.of(0x1f0), registers.offsetOf("tmr[7]"));
        assertEquals(OptionalLong.of(0x210), registers.offsetOf("irr[1]"));
        assertEquals(OptionalLong.of(0x280), registers.offsetOf("esr"));
        assertEquals(OptionalLong.of(0x2f0), registers.offsetOf("lvt_cmci"));
        assertEquals(OptionalLong.of(0x310), registers.offsetOf("icr2"));
        assertEquals(OptionalLong.of(0x370), registers.offsetOf("lvt_error"));
        assertEquals(OptionalLong.of(0x390), registers.offsetOf("timer_current"));
        assertEquals(OptionalLong.of(0x3e0), registers.offsetOf("timer_divide"));
    }

    @Test
    void hvmEntryOfAnUnexpectedLengthStaysBytes() throws ImageException {
        HvmEntry entry = entry(4, 399);
        assertEquals(399, ((FieldValue.Bytes) entry.body()).length());
        assertEquals(Optional.of(HvmEntryType.IOAPIC), entry.type());
    }

    @Test
    void hvmContextWithoutEndIsCorrupt() {
        var e = corrupt(RecordType.HVM_CONTEXT, Body.littleEndian().u16(19, 0).u32(8).u64(1));
        assertEquals("entries[1]", e.fault().field());
        assertEquals(0x100 + 8 + 16, e.fault().offset());
        corrupt(RecordType.HVM_CONTEXT, Body.littleEndian());
    }

    @Test
    void hvmEntryLongerThanTheBodyIsCorrupt() {
        var e =
                corrupt(
                        RecordType.HVM_CONTEXT,
                        Body.littleEndian().u16(19, 0).u32(0xffffffffL).u64(1));
        assertEquals(
                "web1.save: record at 0x10c: entries[0].length: expected at most 0x8, found 0xffffffff",
                e.getMessage());
    }

    @Test
    void fieldMissingInAnHvmEntryIsNamedByItsWholePath() {
        var e =
                corrupt(
                        RecordType.HVM_CONTEXT,
                        Body.littleEndian()
                                .u16(20, 0)
                                .u32(24)
                                .u32(2, 0)
                                .u64(0, 0)
                                .u16(0, 0)
                                .u32(0));
        assertEquals("entries[0].cpu_msr.msr", e.fault().field());
        assertEquals(0x100 + 8 + 8 + 8, e.fault().offset());
    }

    @Test
    void hvmContextOfTooManyEntriesIsALimit() {
        Body body = Body.littleEndian();
        for (int entry = 0; entry <= Layout.ITEMS_MAX; entry++) body.u16(0x999, 0).u32(0);
        assertThrows(LimitExceeded.class, () -> decode(RecordType.HVM_CONTEXT, body));
    }

    @Test
    void bytesAfterTheEndOfAnHvmContextSurvive() throws ImageException {
        Body body = Body.littleEndian().u16(0, 0).u32(0).pattern(5);
        XenRecord context = decode(RecordType.HVM_CONTEXT, body);
        assertEquals(5, context.fields().bytes("trailing").length());
        assertArrayEquals(body.toArray(), context.encode(RecordContext.X86_64));
    }

    @Test
    void hvmEditByNameIsRejectedByItsWholePath() throws ImageException {
        XenRecord context = decode(RecordType.HVM_CONTEXT, hvmContext(19, 8));
        FieldValue.Group wide =
                context.fields().with("entries[0].tsc_adjust.tsc_adjust", new FieldValue.Text("x"));
        var e =
                assertThrows(
                        FieldRejected.class,
                        () -> XenRecord.ofFields(context.type(), RecordContext.X86_64, wide));
        assertEquals("entries[0].tsc_adjust.tsc_adjust", e.path());
        FieldValue.Group typecode = context.fields().with("entries[0].typecode", 3);
        var other =
                assertThrows(
                        FieldRejected.class,
                        () -> XenRecord.ofFields(context.type(), RecordContext.X86_64, typecode));
        assertEquals("entries[0].tsc_adjust", other.path());
    }

    @Test
    void cpuidPolicyTellsVendorBrandAndFeatures() throws ImageException {
        Body body =
                Body.littleEndian().u32(0, 0xffffffffL, 0xd, 0x756e6547, 0x6c65746e, 0x49656e69);
        body.u32(1, 0xffffffffL, 0x663, 0, 1 << 28, 1)
                .u32(7, 0, 2, 1 << 5, 0, 0)
                .u32(7, 1, 0, 0, 0, 0);
        for (int part = 0; part < 3; part++)
            body.u32(0x80000002L + part, 0xffffffffL)
                    .text(
                            List.of(
                                            "  Intel(R) Xeon(",
                                            "R) CPU\0\0\0\0\0\0\0\0\0\0",
                                            "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
                                    .get(part));
        var policy = (CpuidPolicy) decode(RecordType.X86_CPUID_POLICY, body);
        assertEquals(Optional.of("GenuineIntel"), policy.vendor());
        assertEquals(Optional.of("Intel(R) Xeon(R) CPU"), policy.brand());
        assertEquals(List.of("fpu", "avx", "avx2"), policy.features());
        assertTrue(policy.hasFeature("AVX2"));

        CpuidPolicy without = policy.withFeature("avx2", false);
        assertEquals(List.of("fpu", "avx"), without.features());
        assertEquals(0, without.leaf(7, 0).orElseThrow().ebx());
        assertEquals(policy, without.withFeature("avx2", true));
        assertTrue(policy.withFeature("avx512-bf16", true).hasFeature("avx512_bf16"));
        assertEquals(policy, policy.withFeature("clzero", false));
        assertThrows(FieldRejected.class, () -> policy.withFeature("clzero", true));
        assertThrows(FieldRejected.class, () -> policy.hasFeature("avx3"));
    }

    @Test
    void policyOfNoLeavesHasNoVendor() throws ImageException {
        var policy = (CpuidPolicy) decode(RecordType.X86_CPUID_POLICY, Body.littleEndian());
        assertEquals(Optional.empty(), policy.vendor());
        assertEquals(Optional.empty(), policy.brand());
        assertFalse(policy.hasFeature("avx"));
    }

    @Test
    void msrPolicyNamesItsMsrsAndCapabilities() throws ImageException {
        Body body =
                Body.littleEndian()
                        .u32(0xce, 0)
                        .u64(0x80000000L)
                        .u32(0x10a, 0)
                        .u64(1L << 62 | 1L << 32 | 1);
        var policy = (MsrPolicy) decode(RecordType.X86_MSR_POLICY, body);
        assertEquals(OptionalLong.of(0x80000000L), policy.value(MsrPolicy.INTEL_PLATFORM_INFO));
        assertEquals(List.of("rdcl_no", "pb_opt_ctrl", "its_no"), policy.archCapabilities());
        assertEquals("MSR_ARCH_CAPS", policy.names().get("msrs[1].index"));
    }

    @Test
    void xenstorePairsSurviveWhateverBytesTheyHave() throws ImageException {
        Body body =
                Body.littleEndian()
                        .u32(2, 0)
                        .text("physmap/f0000000/name\0vga\u00ff\u0080\0key\0\0");
        var data = (EmulatorXenstoreData) decode(RecordType.EMULATOR_XENSTORE_DATA, body);
        assertEquals(Optional.of("vga\u00ff\u0080"), data.value("physmap/f0000000/name"));
        assertEquals(Optional.of(""), data.value("key"));
        assertEquals("QEMU_UPSTREAM", data.names().get("emulator_id"));
        assertArrayEquals(body.toArray(), data.encode(RecordContext.X86_64));
    }

    @Test
    void xenstorePairsMustBeWholeAndEndInNul() {
        var open =
                corrupt(
                        RecordType.EMULATOR_XENSTORE_DATA,
                        Body.littleEndian().u32(2, 0).text("key\0val"));
        assertEquals("pairs[0].value", open.fault().field());
        assertEquals(0x100 + 16 + 4, open.fault().offset());
        var odd =
                corrupt(
                        RecordType.EMULATOR_XENSTORE_DATA,
                        Body.littleEndian().u32(2, 0).text("key\0"));
        assertEquals("pairs[0].value", odd.fault().field());
    }

    @Test
    void textThatTheWireCannotHoldIsRejected() {
        for (String value : List.of("a\0b", "\u20ac")) {
            var data =
                    new EmulatorXenstoreData(
                            2, 0, List.of(new EmulatorXenstoreData.Pair("key", value)));
            var e = assertThrows(FieldRejected.class, () -> data.encode(RecordContext.X86_64));
            assertEquals("pairs[0].value", e.path());
        }
    }

    @Test
    void emulatorContextIsOpaque() throws ImageException {
        var record =
                (EmulatorContext)
                        decode(
                                RecordType.EMULATOR_CONTEXT,
                                Body.littleEndian().u32(1, 3).text("QEVM"));
        assertEquals(new EmulatorContext(1, 3, FieldValue.Bytes.ofHex("5145564d")), record);
        assertEquals("QEMU_TRADITIONAL", record.names().get("emulator_id"));
    }

    @Test
    void checkpointStateDecodesWithAndWithoutItsPadding() throws ImageException {
        var bare =
                (CheckpointState) decode(RecordType.CHECKPOINT_STATE, Body.littleEndian().u32(3));
        assertEquals(Optional.of("CHECKPOINT_SVM_RESUMED"), bare.controlName());
        var padded =
                (CheckpointState)
                        decode(RecordType.CHECKPOINT_STATE, Body.littleEndian().u32(9, 0));
        assertEquals(Optional.empty(), padded.controlName());
        assertEquals(9, padded.controlId());
    }

    @Test
    void dirtyListIsAsLongAsItsBody() throws ImageException {
        assertEquals(
                new CheckpointDirtyPfnList(List.of(1L, -1L)),
                decode(RecordType.CHECKPOINT_DIRTY_PFN_LIST, Body.littleEndian().u64(1, -1L)));
        corrupt(RecordType.CHECKPOINT_DIRTY_PFN_LIST, Body.littleEndian().u64(1).u8(0));
    }

    @Test
    void recordWithoutFieldsHasNoBytes() throws ImageException {
        assertEquals(new End(), decode(RecordType.END, Body.littleEndian()));
        assertEquals(new LibxlEnd(), decode(RecordType.LIBXL_END, Body.littleEndian()));
        corrupt(RecordType.STATIC_DATA_END, Body.littleEndian().u8(0));
    }

    @Test
    void unknownRecordStaysAsItIs() throws ImageException {
        RecordType type = RecordType.libxc(0x80000042);
        var record =
                assertInstanceOf(OpaqueRecord.class, decode(type, Body.littleEndian().u8(1, 2, 3)));
        assertEquals(new OpaqueRecord(type, FieldValue.Bytes.ofHex("010203")), record);
    }

    private static Body hvmContext(int typecode, int length) {
        return Body.littleEndian().u16(typecode, 0).u32(length).pattern(length).u16(0, 0).u32(0);
    }

    private static HvmEntry entry(int typecode, int length) throws ImageException {
        return ((HvmContext) decode(RecordType.HVM_CONTEXT, hvmContext(typecode, length)))
                .entries()
                .getFirst();
    }

    private static XenRecord decode(RecordType type, Body body) throws ImageException {
        return XenRecord.decode(type, RecordContext.X86_64, body.segment(), PLACE);
    }

    private static CorruptImage corrupt(RecordType type, Body body) {
        return assertThrows(CorruptImage.class, () -> decode(type, body));
    }
}
