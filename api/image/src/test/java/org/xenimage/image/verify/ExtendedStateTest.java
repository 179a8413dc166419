package org.xenimage.image.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.RecordType;

import java.util.List;

class ExtendedStateTest {
    private static final long NO_SUBLEAF = 0xffffffffL;

    /** A policy whose leaf 1 has these bits in ECX: bit 26 is xsave, bit 28 avx. */
    private static RecordFrame policy(long ecx) {
        return Elements.record(
                RecordType.X86_CPUID_POLICY,
                Elements.wire().u32(1).u32(NO_SUBLEAF).u32(0).u32(0).u32(ecx).u32(0));
    }

    static Elements pv(long ecx, long used) {
        return Elements.pv()
                .before("record STATIC_DATA_END", policy(ecx))
                .after(
                        "record X86_PV_VCPU_BASIC",
                        Elements.record(
                                RecordType.X86_PV_VCPU_XSAVE,
                                Elements.wire().u32(0).u32(0).u64(used).u64(used)));
    }

    private static Elements hvm(long ecx, long used) {
        return Elements.hvm()
                .before("record STATIC_DATA_END", policy(ecx))
                .with(
                        "record HVM_CONTEXT",
                        Elements.record(
                                RecordType.HVM_CONTEXT,
                                Elements.wire()
                                        .u32(1)
                                        .u32(24)
                                        .fill(0, 24)
                                        .u32(16 | 3 << 16) // CPU_XSAVE of vCPU 3
                                        .u32(24 + 576)
                                        .u64(7)
                                        .u64(used)
                                        .u64(used)
                                        .fill(0, 576)
                                        .u32(0)
                                        .u32(0)));
    }

    @ParameterizedTest
    @CsvSource({
        "0x14000000, 7,    true", // xsave and avx
        "0x04000000, 3,    true",
        "0x04000000, 7,    false", // AVX is hidden, and was used
        "0x10000000, 3,    true", // no xsave: x87 and SSE are not judged
        "0x14000000, 0xe7, false", // AVX-512 is not in leaf 1
        "0x14000000, 0x207, false"
    })
    void aVcpuHasUsedNoComponentThatItsPolicyHides(String ecx, String used, boolean allowed) {
        for (Reading reading : Reading.values()) {
            List<Finding> pv = pv(Long.decode(ecx), Long.decode(used)).findings(reading);
            List<Finding> hvm = hvm(Long.decode(ecx), Long.decode(used)).findings(reading);
            assertEquals(allowed, pv.isEmpty(), pv::toString);
            assertEquals(allowed, hvm.isEmpty(), hvm::toString);
            for (Finding finding : List.of(pv, hvm).stream().flatMap(List::stream).toList()) {
                assertEquals(Rule.EXTENDED_STATE, finding.rule());
                assertEquals(Severity.ERROR, finding.severity());
            }
        }
    }

    @Test
    void theFindingNamesTheVcpuAndTheFeature() {
        String message = hvm(1 << 26, 7).findings(Reading.RESTORE).getFirst().fault().message();
        assertTrue(message.contains("vCPU 3"), message);
        assertTrue(message.contains("the guest has used avx"), message);
    }

    @Test
    void withoutAPolicyThereIsNothingToHoldTheStateAgainst() {
        Elements version2 =
                Elements.pv()
                        .without("record X86_CPUID_POLICY")
                        .after(
                                "record X86_PV_VCPU_BASIC",
                                Elements.record(
                                        RecordType.X86_PV_VCPU_XSAVE,
                                        Elements.wire().u32(0).u32(0).u64(0xe7).u64(0xe7)));
        assertEquals(List.of(), version2.findings(Reading.VERIFY));
    }
}
