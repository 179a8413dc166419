package org.xenimage.sample;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What libvirt and xenopsd keep with a sample, as trees. */
final class DomainDescription {
    private static final String TEXT = "#text";

    private DomainDescription() {}

    static ObjectNode of(SampleImage options) {
        ObjectNode domain = JsonNodeFactory.instance.objectNode();
        domain.put("@type", "xen").put("@id", "1");
        domain.put("name", options.name()).put("uuid", options.uuid().toString());
        String memory = Long.toString((long) options.memoryMiB() << 10);
        domain.putObject("memory").put("@unit", "KiB").put(TEXT, memory);
        domain.putObject("currentMemory").put("@unit", "KiB").put(TEXT, memory);
        domain.putObject("vcpu")
                .put("@placement", "static")
                .put(TEXT, Integer.toString(options.vcpus()));
        os(options, domain.putObject("os"));
        if (options.guest() == SampleGuest.HVM)
            domain.putObject("features").putNull("acpi").putNull("apic").putNull("pae");
        domain.putObject("clock").put("@offset", "utc").put("@adjustment", "reset");
        domain.put("on_poweroff", "destroy")
                .put("on_reboot", "restart")
                .put("on_crash", "preserve");
        if (options.devices()) devices(options, domain.putObject("devices"));
        return domain;
    }

    /** The record that xenopsd keeps; the time is one that no clock tells. */
    static ObjectNode suspended(SampleImage options) {
        ObjectNode record =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("time", "20260101T00:00:00Z")
                        .put("word_size", "64")
                        .put("vm_str", vm(options));
        record.putArray("xs_subtree").addArray().add("name").add(options.name());
        return record;
    }

    /** The VM as xenopsd prints it, with those of its members that a reader of the image may ask for. */
    private static String vm(SampleImage options) {
        String type =
                switch (options.guest()) {
                    case PV -> "PV(%s)".formatted(direct());
                    case PVH -> "PVH(%s)".formatted(direct());
                    case HVM ->
                            "HVM((hap true)(video_mib 4)(video Cirrus)(acpi true)(serial())"
                                    + "(boot_order c))";
                };
        long memory = (long) options.memoryMiB() << 20;
        return """
        ((id %s)(name "%s")(ssidref 0)(xsdata())(platformdata())(bios_strings())(ty(%s))\
        (memory_static_max %d)(memory_dynamic_max %d)(memory_dynamic_min %d)\
        (vcpu_max %d)(vcpus %d)(scheduler_params((priority((256 0)))(affinity())))\
        (on_crash(Pause))(on_shutdown(Shutdown))(on_reboot(Start)))\
        """
                .formatted(
                        options.uuid(),
                        options.name().replace("\\", "\\\\").replace("\"", "\\\""),
                        type,
                        memory,
                        memory,
                        memory,
                        options.vcpus(),
                        options.vcpus());
    }

    private static String direct() {
        return "(boot(Direct((kernel /boot/vmlinuz-%s)(cmdline \"%s\")(ramdisk(/boot/initrd.img-%s)))))"
                .formatted(
                        KernelContents.RELEASE, DomainConfig.COMMAND_LINE, KernelContents.RELEASE);
    }

    private static void os(SampleImage options, ObjectNode os) {
        ObjectNode type = os.putObject("type").put("@arch", "x86_64");
        switch (options.guest()) {
            case PV -> type.put("@machine", "xenpv").put(TEXT, "linux");
            case HVM -> type.put("@machine", "xenfv").put(TEXT, "hvm");
            case PVH -> type.put("@machine", "xenpvh").put(TEXT, "xenpvh");
        }
        if (options.guest() == SampleGuest.HVM) {
            os.putArray("boot").addObject().put("@dev", "hd");
            return;
        }
        os.put("kernel", "/boot/vmlinuz-" + KernelContents.RELEASE)
                .put("initrd", "/boot/initrd.img-" + KernelContents.RELEASE)
                .put("cmdline", DomainConfig.COMMAND_LINE);
    }

    private static void devices(SampleImage options, ObjectNode devices) {
        ObjectNode disk = devices.putArray("disk").addObject();
        disk.put("@type", "block").put("@device", "disk");
        disk.putObject("driver").put("@name", "phy").put("@type", "raw");
        disk.putObject("source").put("@dev", "/dev/vg0/" + options.name());
        disk.putObject("target").put("@dev", "xvda").put("@bus", "xen");
        ObjectNode nic = devices.putArray("interface").addObject().put("@type", "bridge");
        nic.putObject("mac").put("@address", DomainConfig.mac(options));
        nic.putObject("source").put("@bridge", "xenbr0");
        nic.putObject("script").put("@path", "/etc/xen/scripts/vif-bridge");
        nic.putObject("model").put("@type", "netfront");
    }
}
