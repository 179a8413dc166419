package org.xenimage.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.Images;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.UnsupportedVersion;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;

class HostCapabilitiesTest {
    private static final String XL_INFO =
            """
            host                   : xen2
            release                : 6.1.0-18-amd64
            nr_cpus                : 4
            hw_caps                : 0f8bfbff:f7fa3223:2c100800:00000121:0000000f:239c27eb:00000000:00000100
            virt_caps              : pv hvm hvm_directio pv_directio hap
            total_memory           : 32768
            xen_major              : 4
            xen_minor              : 17
            xen_extra              : .7
            xen_caps               : xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64
            """;

    private static final String XEN_CPUID =
            """
            Xen reports there are maximum 120 leaves and 2 MSRs
            Raw policy: 2 leaves, 2 MSRs
             CPUID:
              leaf     subleaf  -> eax      ebx      ecx      edx
              00000000:ffffffff -> 00000016:756e6547:6c65746e:49656e69
             MSRs:
              index    -> value
              000000ce -> 0000000080000000
            PV Max policy: 1 leaves, 2 MSRs
             CPUID:
              00000000:ffffffff -> 0000000d:756e6547:6c65746e:49656e69
             MSRs:
              000000ce -> 0000000000000000
            HVM Max policy: 2 leaves, 2 MSRs
             CPUID:
              00000000:ffffffff -> 0000000d:756e6547:6c65746e:49656e69
              00000007:00000000 -> 00000000:219c27eb:00000000:00000000
             MSRs:
              000000ce -> 0000000080000000
              0000010a -> 000000000000002b
            """;

    private static HostCapabilities read(String text) throws ImageException {
        return HostCapabilities.read(text.getBytes(StandardCharsets.UTF_8), "xen2.json");
    }

    private static String message(String text) {
        return assertThrows(ImageException.class, () -> read(text)).fault().message();
    }

    @Test
    void everyReleaseComesBackFromItsFile() throws ImageException {
        for (int minor = 6; minor <= 22; minor++) {
            HostCapabilities xen = HostCapabilities.ofXen(new XenVersion(4, minor));
            assertEquals(xen, read(xen.toJson()));
        }
        HostCapabilities host = HostCapabilities.ofHost(XL_INFO, XEN_CPUID, "info.txt");
        assertEquals(host, read(host.toJson()));
        HostCapabilities plain = HostCapabilities.ofHost(XL_INFO, "", "info.txt");
        assertEquals(plain, read(plain.toJson()));
        HostCapabilities program = HostCapabilities.ofProgram(Images.load());
        assertEquals(program, read(program.toJson()));
        assertTrue(program.formats().containsAll(Set.of("xl", "native", "libvirt")));
    }

    @Test
    void onlyAReleaseThatIsKnownIsTaken() {
        for (XenVersion version : List.of(new XenVersion(4, 5), new XenVersion(4, 23)))
            assertThrows(UnsupportedVersion.class, () -> HostCapabilities.ofXen(version));
    }

    @Test
    void aHostStatesWhatItsProgramsPrint() throws ImageException {
        HostCapabilities host = HostCapabilities.ofHost(XL_INFO, XEN_CPUID, "info.txt");
        assertEquals("xen2", host.name());
        assertEquals(
                Set.of(GuestKind.PV64, GuestKind.HVM, GuestKind.PVH), host.guests().orElseThrow());
        assertEquals(32768L * 1024, host.limits().memoryKib().orElseThrow());
        CpuLimits hvm = host.hvm().orElseThrow();
        assertTrue(hvm.cpuid().hasFeature("avx2"));
        assertEquals(0x2bL, hvm.msrs().orElseThrow().get(0x10aL));
        assertEquals(0L, host.pv().orElseThrow().msrs().orElseThrow().get(0xceL));
        assertTrue(host.hardware().isEmpty(), "the policies say more");
        HostCapabilities plain = HostCapabilities.ofHost(XL_INFO, "", "info.txt");
        assertTrue(plain.hardware().orElseThrow().hasFeature("aesni"));
        assertTrue(plain.hardware().orElseThrow().hasFeature("avx2"));
    }

    @Test
    void whatIsNoOutputOfTheProgramsIsRefused() {
        assertThrows(ImageException.class, () -> HostCapabilities.ofHost("", "", "info.txt"));
        assertThrows(
                ImageException.class, () -> HostCapabilities.ofHost(XL_INFO, "hello", "info.txt"));
        assertThrows(
                LimitExceeded.class,
                () -> HostCapabilities.ofHost(XL_INFO + "x".repeat(2 << 20), "", "info.txt"));
    }

    @Test
    void unknownKeysAndNamesAreListedAndIgnored() throws ImageException {
        HostCapabilities host =
                read(
                        """
                        {"xenimage-capabilities": 1, "formats": ["xl"], "colour": "red",
                         "guests": ["pv64", "arm"], "limits": {"disks": 4},
                         "records": {"libxc": ["END", "NEWER", "0x80000001"], "libxm": []}}
                        """);
        assertEquals(
                List.of(
                        "guests arm",
                        "records.libxc NEWER",
                        "records.libxm",
                        "limits.disks",
                        "colour"),
                host.unknown());
        assertEquals("xen2.json", host.name());
        assertEquals(2, host.records().orElseThrow().size());
    }

    @Test
    void aFaultNamesItsKey() {
        assertTrue(message("{}").contains("xenimage-capabilities"));
        assertTrue(message("{\"xenimage-capabilities\": 2}").contains("newer xenimage"));
        String start = "{\"xenimage-capabilities\": 1, ";
        assertTrue(message(start + "\"streams\": [\"two\"]}").contains("streams"));
        assertTrue(message(start + "\"pv\": {}}").contains("pv.cpuid"));
        assertTrue(message(start + "\"hvm\": {\"cpuid\": [\"1\"]}}").contains("hvm.cpuid"));
        assertTrue(message(start + "\"vcpuMsrs\": [\"0x123456789\"]}").contains("vcpuMsrs"));
        assertTrue(message(start + "\"xen\": \"new\"}").contains("xen"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{\"xenimage-capabilities\": 1e99}",
                "{\"xenimage-capabilities\": \"1\"}",
                "{\"xenimage-capabilities\": -1}",
                "{\"xenimage-capabilities\": 1, \"name\": 7}",
                "{\"xenimage-capabilities\": 1, \"limits\": {\"vcpus\": 1e400}}",
                "{\"xenimage-capabilities\": 1, \"limits\": {\"vcpus\": -1}}",
                "{\"xenimage-capabilities\": 1, \"limits\": []}",
                "{\"xenimage-capabilities\": 1, \"wire\": {\"resume\": 1}}",
                "{\"xenimage-capabilities\": 1, \"hvmEntries\": {\"RTC\": {}}}",
                "{\"xenimage-capabilities\": 1, \"pv\": {\"cpuid\": [], \"msrs\": {\"x\": \"0x1\"}}}"
            })
    void aHostileFileIsRefusedByName(String text) {
        assertTrue(message(text).startsWith("xen2.json"), message(text));
    }

    @Test
    void whatIsTooLargeIsRefused() {
        String start = "{\"xenimage-capabilities\": 1, ";
        assertTrue(
                message(start + "\"x\": \"" + "y".repeat(2 << 20) + "\"}").contains("too large"));
        assertTrue(
                message(start + "\"formats\": [" + "\"a\",".repeat(5000) + "\"b\"]}")
                        .contains("at most 4096"));
        assertTrue(message(start + "\"name\": \"" + "n".repeat(300) + "\"}").contains("at most"));
        assertThrows(ImageException.class, () -> read(start + "\"x\": " + "[".repeat(5000)));
    }

    /** Whatever single byte of a file is lost or changed, it is read or refused; nothing else is thrown. */
    @Test
    void aDamagedFileIsReadOrRefused() throws ImageException {
        byte[] whole =
                HostCapabilities.ofHost(XL_INFO, XEN_CPUID, "info.txt")
                        .toJson()
                        .getBytes(StandardCharsets.UTF_8);
        Random random = new Random(11);
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            try {
                HostCapabilities.read(damaged, "damaged.json");
            } catch (ImageException e) {
                refused++;
            }
        }
        assertTrue(refused > 500, "refused " + refused);
    }
}
