package org.xenimage.image.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.fault.Fault;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What xenopsd's record says in libxl's words, and back. */
class SuspendMappingTest {
    /** All that has a counterpart, and some that has none, as xenopsd prints it. */
    private static final String HVM =
            """
            ((id 705b1e3e-0619-47b8-98d8-00fbe3d80aae)(name "shop one")(ssidref 0)\
            (xsdata((vm-data "")))(platformdata((usb true)(hpet true)))\
            (ty(HVM((hap true)(shadow_multiplier 1)(video_mib 8)(video Standard_VGA)(acpi false)\
            (serial(pty))(keymap())(boot_order cd))))\
            (memory_static_max 67108864)(memory_dynamic_max 33554432)(vcpu_max 4)(vcpus 2)\
            (scheduler_params((priority((512 10)))(affinity())))\
            (on_crash(Coredump Start))(on_shutdown(Shutdown))(on_reboot(Start)))\
            """;

    private static JsonNode record(String vm) throws IOException {
        String text =
                "((time 20260101T00:00:00Z)(word_size 64)(vm_str \"%s\")(xs_subtree()))"
                        .formatted(vm.replace("\\", "\\\\").replace("\"", "\\\""));
        return SuspendRecord.parse(
                MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)), Fault.in("test"));
    }

    private static JsonNode json(String text) throws IOException {
        return new JsonMapper().readTree(text);
    }

    @Test
    void aVmOfXenopsdIsADomainOfLibxl() throws IOException {
        ConfigMapping mapping = SuspendMapping.toLibxl(record(HVM));
        assertEquals(
                json("""
                {"c_info": {"type": "hvm", "hap": "True", "name": "shop one",
                            "uuid": "705b1e3e-0619-47b8-98d8-00fbe3d80aae"},
                 "b_info": {"device_model_version": "qemu_xen", "acpi": "False",
                            "video_memkb": 8192,
                            "type.hvm": {"boot": "cd", "vga": {"kind": "std"}, "serial": "pty"},
                            "max_memkb": 65536, "target_memkb": 32768,
                            "max_vcpus": 4, "avail_vcpus": [0, 1],
                            "sched_params": {"weight": 512, "cap": 10}},
                 "on_poweroff": "destroy", "on_reboot": "restart",
                 "on_crash": "coredump_restart"}
                """)
                        .toString(),
                mapping.config().toString());
        assertEquals(
                List.of(
                        "vm_str.ssidref",
                        "vm_str.xsdata.vm-data",
                        "vm_str.platformdata.usb",
                        "vm_str.platformdata.hpet",
                        "vm_str.ty.HVM.shadow_multiplier"),
                mapping.left());
    }

    @ParameterizedTest
    @CsvSource({
        "PV, pv, ''",
        "PVH, pvh, ''",
        "PVinPVH, pvh, True",
    })
    void theKindOfGuestAndItsBootAreSaid(String kind, String type, String shim) throws IOException {
        String vm =
                """
                ((ty(%s((boot(Direct((kernel /k)(cmdline "a b")(ramdisk(/r)))))(framebuffer true)))))\
                """
                        .formatted(kind);
        JsonNode config = SuspendMapping.toLibxl(record(vm)).config();
        assertEquals(type, config.at("/c_info/type").asText());
        assertEquals("/k", config.at("/b_info/kernel").asText());
        assertEquals("a b", config.at("/b_info/cmdline").asText());
        assertEquals("/r", config.at("/b_info/ramdisk").asText());
        assertEquals(shim, config.at("/b_info/type.pvh/pvshim").asText());
        JsonNode again = SuspendMapping.toLibxl(SuspendMapping.toXenopsd(config).config()).config();
        assertEquals(config.path("c_info").path("type"), again.path("c_info").path("type"));
        assertEquals(config.at("/b_info/ramdisk"), again.at("/b_info/ramdisk"));
        assertEquals(config.at("/b_info/type.pvh/pvshim"), again.at("/b_info/type.pvh/pvshim"));
    }

    @Test
    void aBootLoaderIsSaid() throws IOException {
        JsonNode config =
                json(
                        """
                        {"c_info": {"type": "pv", "name": "a", "uuid": "u"},
                         "b_info": {"max_memkb": 1024, "target_memkb": 1024, "max_vcpus": 1,
                                    "bootloader": "/usr/bin/pygrub"}}
                        """);
        JsonNode again = SuspendMapping.toLibxl(SuspendMapping.toXenopsd(config).config()).config();
        assertEquals("/usr/bin/pygrub", again.at("/b_info/bootloader").asText());
        assertTrue(again.at("/b_info/kernel").isMissingNode(), again.toString());
    }

    @Test
    void whatHasACounterpartComesBackAsItWas() throws IOException {
        JsonNode config = SuspendMapping.toLibxl(record(HVM)).config();
        ConfigMapping there = SuspendMapping.toXenopsd(config);
        assertEquals(List.of(), there.left());
        assertEquals(config, SuspendMapping.toLibxl(there.config()).config());
    }

    @Test
    void whatXenopsdHasNoPlaceForIsNamed() throws IOException {
        JsonNode config =
                json(
                        """
                        {"c_info": {"type": "pv", "name": "a", "uuid": "u", "ssidref": 3},
                         "b_info": {"max_memkb": 1024},
                         "disks": [{"vdev": "xvda"}], "on_crash": "rename_restart"}
                        """);
        assertEquals(
                List.of("c_info.ssidref", "disks[0].vdev", "on_crash"),
                SuspendMapping.toXenopsd(config).left());
    }

    @ParameterizedTest
    @ValueSource(strings = {"no list", "((id", "((id a)(id b))", "(id)", ""})
    void aVmThatIsNotWhatXenopsdPrintsIsNoFault(String vm) throws IOException {
        ConfigMapping mapping = SuspendMapping.toLibxl(record(vm));
        assertEquals("{\"c_info\":{},\"b_info\":{}}", mapping.config().toString());
        assertEquals(List.of("vm_str"), mapping.left());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "((ty()))",
                "((ty HVM))",
                "((ty(HVM())))",
                "((ty(HVM a)))",
                "((ty((HVM)(a))))",
                "((ty(PV((boot(Direct a))))))",
                "((ty(PV((boot Direct)))))",
                "((scheduler_params((priority(1 2)))))",
                "((scheduler_params a))",
                "((memory_static_max -1)(vcpu_max 99999999999)(vcpus x))",
                "((on_crash((a)))(on_reboot a))",
            })
    void valuesOfAnotherShapeAreLeft(String vm) throws IOException {
        ConfigMapping mapping = SuspendMapping.toLibxl(record(vm));
        assertFalse(mapping.config().path("b_info").has("max_memkb"));
        assertFalse(mapping.config().path("b_info").has("max_vcpus"));
        SuspendMapping.toXenopsd(mapping.config());
    }

    @Test
    void anIdThatIsNoUuidIsLeft() throws IOException {
        ConfigMapping mapping = SuspendMapping.toLibxl(record("((id deadbeef)(name a))"));
        assertFalse(mapping.config().path("c_info").has("uuid"));
        assertEquals(List.of("vm_str.id"), mapping.left());
    }

    @ParameterizedTest
    @CsvSource({"1024, 1", "1025, 2", "0, 0", "9223372036854775807, 9007199254740992"})
    void bytesAreRoundedUpToKibibytes(String bytes, String kibibytes) throws IOException {
        JsonNode config =
                SuspendMapping.toLibxl(record("((memory_static_max %s))".formatted(bytes)))
                        .config();
        assertEquals(kibibytes, config.at("/b_info/max_memkb").asText());
    }
}
