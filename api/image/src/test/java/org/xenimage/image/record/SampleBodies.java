package org.xenimage.image.record;

import org.xenimage.image.layout.FieldValue;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A valid body for each record type, for guests of both widths and both byte orders where it matters. */
final class SampleBodies {
    /**
     * One body.
     *
     * @param name for messages
     * @param type of the record
     * @param context how it reads
     * @param body its bytes
     */
    record Sample(String name, RecordType type, RecordContext context, FieldValue.Bytes body) {
        byte[] bytes() {
            return body.toArray();
        }

        @Override
        public String toString() {
            return name + " " + context;
        }
    }

    private SampleBodies() {}

    static List<Sample> all() {
        List<Sample> samples = new ArrayList<>();
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            for (int width : new int[] {8, 4}) add(samples, new RecordContext(order, width));
        }
        return samples;
    }

    private static void add(List<Sample> samples, RecordContext context) {
        ByteOrder order = context.order();
        int width = context.guestWidth();
        for (RecordType empty :
                List.of(
                        RecordType.END,
                        RecordType.VERIFY,
                        RecordType.CHECKPOINT,
                        RecordType.STATIC_DATA_END,
                        RecordType.LIBXL_END,
                        RecordType.LIBXC_CONTEXT,
                        RecordType.CHECKPOINT_END))
            samples.add(sample(empty, context, Body.in(order)));
        samples.add(
                sample(
                        RecordType.X86_PV_INFO,
                        context,
                        Body.in(order).u8(width, width == 8 ? 4 : 3).pattern(6)));
        samples.add(sample(RecordType.X86_PV_P2M_FRAMES, context, p2mFrames(context, 3)));
        samples.add(sample(RecordType.X86_PV_VCPU_BASIC, context, vcpuBasic(context)));
        samples.add(sample(RecordType.X86_PV_VCPU_BASIC, context, Body.in(order).u32(2, 0)));
        for (int context64 : new int[] {0, 32, 40, 56, 64, 30, 128})
            samples.add(
                    sample(
                            RecordType.X86_PV_VCPU_EXTENDED,
                            context,
                            Body.in(order).u32(1, 0).pattern(context64)));
        for (int area : new int[] {0, 100, 576, 840})
            samples.add(
                    sample(
                            RecordType.X86_PV_VCPU_XSAVE,
                            context,
                            Body.in(order).u32(1, 0).u64(7, 7).pattern(area)));
        samples.add(sample(RecordType.X86_PV_VCPU_XSAVE, context, Body.in(order).u32(1, 0)));
        samples.add(
                sample(
                        RecordType.X86_PV_VCPU_MSRS,
                        context,
                        Body.in(order)
                                .u32(1, 9)
                                .u32(0xc0000103L, 0)
                                .u64(-2L)
                                .u32(0xc0011027L, 1)
                                .u64(3)));
        samples.add(sample(RecordType.X86_PV_VCPU_MSRS, context, Body.in(order).u32(1, 0)));
        samples.add(sample(RecordType.SHARED_INFO, context, Body.in(order).pattern(4096)));
        samples.add(sample(RecordType.SHARED_INFO, context, Body.in(order).zeros(4096)));
        samples.add(
                sample(
                        RecordType.X86_TSC_INFO,
                        context,
                        Body.in(order).u32(2, 2_400_000).u64(-5L).u32(1, 0xdeadbeefL)));
        samples.add(sample(RecordType.HVM_CONTEXT, context, hvmContext(order)));
        samples.add(
                sample(
                        RecordType.HVM_PARAMS,
                        context,
                        Body.in(order).u32(2, 5).u64(1, 0xfefffL, 99, -1L)));
        samples.add(sample(RecordType.HVM_PARAMS, context, Body.in(order).u32(0, 0)));
        samples.add(
                sample(
                        RecordType.X86_CPUID_POLICY,
                        context,
                        Body.in(order)
                                .u32(0, 0xffffffffL, 0xd, 0x756e6547, 0x6c65746e, 0x49656e69)
                                .u32(7, 0, 2, 0x20, 0, 0)));
        samples.add(
                sample(
                        RecordType.X86_MSR_POLICY,
                        context,
                        Body.in(order).u32(0xce, 0).u64(0x80000000L).u32(0x10a, 0).u64(9)));
        samples.add(sample(RecordType.TOOLSTACK, context, Body.in(order).pattern(21)));
        samples.add(
                sample(
                        RecordType.CHECKPOINT_DIRTY_PFN_LIST,
                        context,
                        Body.in(order).u64(1, 0xffffffffffL, 0)));
        samples.add(
                sample(
                        RecordType.EMULATOR_XENSTORE_DATA,
                        context,
                        Body.in(order).u32(2, 0).text("physmap/1/name\0v\u00e9ga\0empty\0\0")));
        samples.add(
                sample(RecordType.EMULATOR_CONTEXT, context, Body.in(order).u32(2, 0).pattern(50)));
        samples.add(sample(RecordType.CHECKPOINT_STATE, context, Body.in(order).u32(1)));
        samples.add(sample(RecordType.CHECKPOINT_STATE, context, Body.in(order).u32(3, 0)));
        samples.add(sample(RecordType.libxc(0x80000001), context, Body.in(order).pattern(3)));
        samples.add(sample(RecordType.libxl(0x77), context, Body.in(order).pattern(9)));
    }

    private static Sample sample(RecordType type, RecordContext context, Body body) {
        return new Sample(
                type + " of " + body.length(), type, context, FieldValue.Bytes.of(body.toArray()));
    }

    /** The frames of so many pages of p2m, the last one partly used. */
    static Body p2mFrames(RecordContext context, int frames) {
        Body body = Body.in(context.order()).u32(0, frames * (4096L / context.guestWidth()) - 2);
        for (int frame = 0; frame < frames; frame++) body.u64(0x1000 + frame);
        return body;
    }

    static Body vcpuBasic(RecordContext context) {
        return Body.in(context.order()).u32(1, 0).pattern(context.guestWidth() == 8 ? 5168 : 2800);
    }

    /** The typecode and length of every entry that the header names, in every length it had, and of unknown ones. */
    private static final List<String> ENTRIES =
            List.of(
                    "1:24", "2:1032", "2:1024", "2:1016", "3:8", "4:400", "5:32", "5:24", "5:16",
                    "6:1024", "7:16", "8:8", "9:8", "10:56", "11:24", "12:1048", "13:8", "14:240",
                    "15:32", "15:24", "15:16", "16:600", "16:856", "17:216", "17:152", "17:16",
                    "17:8", "18:32", "18:24", "18:8", "19:8", "21:5", "4:399", "32767:0");

    static Body hvmContext(ByteOrder order) {
        Body body = Body.in(order);
        for (String entry : ENTRIES) {
            int colon = entry.indexOf(':');
            int length = Integer.parseInt(entry.substring(colon + 1));
            body.u16(Integer.parseInt(entry.substring(0, colon)), 1).u32(length).pattern(length);
        }
        body.u16(20, 0).u32(40).u32(2, 0).u32(0xda0, 0).u64(1).u32(0xc0000103L, 0).u64(2);
        body.u16(20, 1).u32(8).u32(0, 7);
        return body.u16(0, 0).u32(0);
    }
}
