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
                        .put(
                                "vm_str",
                                "((id %s)(name %s))".formatted(options.uuid(), options.name()));
        record.putArray("xs_subtree").addArray().add("name").add(options.name());
        return record;
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
