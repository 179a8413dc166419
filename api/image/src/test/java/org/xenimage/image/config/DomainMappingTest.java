package org.xenimage.image.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.fault.Fault;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** What libvirt's config says in libxl's words, and back. */
class DomainMappingTest {
    private static final String HVM =
            """
            <domain type='xen' id='7'>
              <name>web1</name>
              <uuid>705b1e3e-0619-47b8-98d8-00fbe3d80aae</uuid>
              <title>the shop</title>
              <memory unit='MiB'>64</memory>
              <currentMemory unit='KiB'>32768</currentMemory>
              <vcpu placement='static' current='2'>4</vcpu>
              <os>
                <type arch='x86_64' machine='xenfv'>hvm</type>
                <loader type='rom'>hvmloader</loader>
                <boot dev='cdrom'/>
                <boot dev='hd'/>
              </os>
              <features><acpi/><apic/><pae/><hap state='on'/></features>
              <clock offset='variable' adjustment='-3600' basis='localtime'>
                <timer name='tsc' mode='native'/>
                <timer name='hpet' present='no'/>
              </clock>
              <on_poweroff>destroy</on_poweroff>
              <on_reboot>rename-restart</on_reboot>
              <on_crash>coredump-destroy</on_crash>
              <devices>
                <emulator>/usr/lib/xen/bin/qemu</emulator>
                <disk type='file' device='disk'>
                  <driver name='qemu' type='qcow2'/>
                  <source file='/images/a.qcow2'/>
                  <target dev='xvda' bus='xen'/>
                </disk>
                <disk type='block' device='cdrom'>
                  <driver name='phy' type='raw'/>
                  <source dev='/dev/cd'/>
                  <target dev='hdc' bus='ide'/>
                  <readonly/>
                </disk>
                <interface type='bridge'>
                  <mac address='00:16:3e:00:00:01'/>
                  <source bridge='xenbr0'/>
                  <script path='vif-bridge'/>
                  <target dev='vif7.0'/>
                  <model type='e1000'/>
                </interface>
                <graphics type='vnc' port='5907' autoport='no' passwd='xyz' keymap='de'>
                  <listen type='address' address='0.0.0.0'/>
                </graphics>
                <graphics type='sdl' display=':0'/>
                <video><model type='vga' vram='8192' heads='1'/></video>
                <memballoon model='xen'/>
              </devices>
            </domain>
            """;

    private static JsonNode json(String text) throws IOException {
        return new JsonMapper().readTree(text);
    }

    private static JsonNode xml(String text) throws IOException {
        return DomainXml.parse(
                MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)), Fault.in("test"));
    }

    @Test
    void aDomainOfLibvirtIsOneOfLibxl() throws IOException {
        ConfigMapping mapping = DomainMapping.toLibxl(xml(HVM));
        JsonNode expected =
                json(
                        """
                        {"c_info": {"type": "hvm", "name": "web1", "hap": "True",
                           "uuid": "705b1e3e-0619-47b8-98d8-00fbe3d80aae"},
                         "b_info": {"max_vcpus": 4, "avail_vcpus": [0, 1], "max_memkb": 65536,
                           "target_memkb": 32768, "device_model_version": "qemu_xen",
                           "device_model": "/usr/lib/xen/bin/qemu", "acpi": "True", "apic": "True",
                           "localtime": "True", "rtc_timeoffset": -3600, "tsc_mode": "native",
                           "video_memkb": 8192,
                           "type.hvm": {"boot": "dc", "pae": "True", "keymap": "de",
                             "vnc": {"enable": "True", "listen": "0.0.0.0", "passwd": "xyz",
                                     "display": 7, "findunused": "False"},
                             "vga": {"kind": "std"}}},
                         "disks": [
                           {"pdev_path": "/images/a.qcow2", "vdev": "xvda", "backend": "qdisk",
                            "format": "qcow2", "readwrite": 1},
                           {"pdev_path": "/dev/cd", "vdev": "hdc", "backend": "phy",
                            "format": "raw", "removable": 1, "is_cdrom": 1, "readwrite": 0}],
                         "nics": [
                           {"devid": 0, "mac": "00:16:3e:00:00:01", "bridge": "xenbr0",
                            "script": "vif-bridge", "ifname": "vif7.0", "nictype": "vif_ioemu",
                            "model": "e1000"}],
                         "on_poweroff": "destroy", "on_reboot": "restart_rename",
                         "on_crash": "coredump_destroy"}
                        """);
        assertEquals(expected.toString().length(), mapping.config().toString().length());
        assertEquals(expected, json(mapping.config().toString()));
        assertEquals(
                List.of(
                        "title",
                        "os.loader.@type",
                        "os.loader.#text",
                        "clock.timer[1].@name",
                        "clock.timer[1].@present",
                        "devices.disk[1].target.@bus",
                        "devices.graphics[1].@type",
                        "devices.graphics[1].@display"),
                mapping.left());
    }

    @Test
    void andBackItIsTheSameDomain() throws IOException {
        JsonNode libxl = DomainMapping.toLibxl(xml(HVM)).config();
        ConfigMapping back = DomainMapping.toLibvirt(libxl);
        assertEquals(List.of(), back.left());
        JsonNode again = DomainMapping.toLibxl(back.config()).config();
        assertEquals(json(libxl.toString()), json(again.toString()));
    }

    /** Only HVM guests have a graphics card; others have a frame buffer. */
    @Test
    void theDisplayOfAPvGuestIsAFrameBuffer() throws IOException {
        String xml =
                """
                <domain type='xen'><name>a</name><os><type>linux</type></os>
                  <clock offset='utc' adjustment='reset'/>
                  <devices><graphics type='vnc' port='-1' autoport='yes'/></devices></domain>
                """;
        ConfigMapping mapping = DomainMapping.toLibxl(xml(xml));
        assertEquals(List.of(), mapping.left());
        assertEquals(
                json("[{\"devid\": 0, \"vnc\": {\"enable\": \"True\", \"findunused\": \"True\"}}]"),
                json(mapping.config().path("vfbs").toString()));
        ConfigMapping back = DomainMapping.toLibvirt(mapping.config());
        assertEquals(List.of(), back.left());
        assertEquals("-1", back.config().at("/devices/graphics/0/@port").asText());
        assertEquals(
                json(mapping.config().toString()),
                json(DomainMapping.toLibxl(back.config()).config().toString()));
    }

    @Test
    void whatLibvirtHasNoWordForIsNamed() throws IOException {
        ConfigMapping mapping =
                DomainMapping.toLibvirt(
                        json(
                                """
                                {"c_info": {"type": "pvh", "name": "a", "ssidref": 3},
                                 "b_info": {"max_memkb": 1e3, "claim_mode": "True",
                                            "type.pvh": {}, "sched_params": {"cap": 0}},
                                 "vtpms": [{"devid": 0}]}
                                """));
        assertEquals(
                List.of(
                        "c_info.ssidref",
                        "b_info.claim_mode",
                        "b_info.sched_params.cap",
                        "vtpms[0].devid"),
                mapping.left());
        assertEquals("1000", mapping.config().at("/memory/#text").asText());
        assertEquals("xenpvh", mapping.config().at("/os/type/#text").asText());
    }

    @Test
    void anythingIsMappedWithoutAFailure() throws IOException {
        for (String odd : List.of("{}", "{\"c_info\":3,\"disks\":{\"a\":1},\"b_info\":[1]}")) {
            assertTrue(DomainMapping.toLibvirt(json(odd)).config().isObject());
            assertTrue(DomainMapping.toLibxl(json(odd)).config().isObject());
        }
        JsonNode odd = json("{\"name\":[{\"b\":[1]}],\"os\":\"x\",\"devices\":{\"disk\":\"x\"}}");
        assertEquals(
                List.of("name[0].b[0]", "os", "devices.disk"), DomainMapping.toLibxl(odd).left());
    }

    @ParameterizedTest
    @CsvSource({
        "1048576, KiB, 1048576",
        "1, '', 1",
        "1025, b, 2",
        "2, GiB, 2097152",
        "2, G, 2097152",
        "1, MB, 977",
        "16, EiB, 18014398509481984",
    })
    void sizesHaveUnits(String text, String unit, String kibibytes) {
        assertEquals(Optional.of(new BigInteger(kibibytes)), DomainMapping.kibibytes(text, unit));
        assertEquals(Optional.empty(), DomainMapping.kibibytes(text, "furlong"));
        assertEquals(Optional.empty(), DomainMapping.kibibytes("x", unit));
    }
}
