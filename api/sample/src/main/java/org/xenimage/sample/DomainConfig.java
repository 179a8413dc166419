package org.xenimage.sample;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The config that xl keeps with a sample: {@code libxl_domain_config} as libxl prints it. */
final class DomainConfig {
    static final String COMMAND_LINE = "console=hvc0 root=/dev/xvda ro";

    private DomainConfig() {}

    static ObjectNode of(SampleImage options) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.putObject("c_info")
                .put("type", options.guest().configName())
                .put("name", options.name())
                .put("uuid", options.uuid().toString())
                .put("run_hotplug_scripts", "True");
        build(options, config.putObject("b_info"));
        if (options.devices()) devices(options, config);
        return config.put("on_reboot", "restart")
                .put("on_crash", "preserve")
                .put("on_soft_reset", "soft_reset");
    }

    private static void build(SampleImage options, ObjectNode build) {
        long memory = (long) options.memoryMiB() << 10;
        build.put("max_vcpus", options.vcpus());
        ArrayNode available = build.putArray("avail_vcpus");
        for (int vcpu = 0; vcpu < options.vcpus(); vcpu++) available.add(vcpu);
        if (options.guest() != SampleGuest.PV) build.put("tsc_mode", "native");
        build.put("max_memkb", memory).put("target_memkb", memory).put("video_memkb", 0);
        if (options.guest() == SampleGuest.HVM) build.put("device_model_version", "qemu_xen");
        build.putObject("sched_params").put("sched", "credit2").put("weight", 256).put("cap", 0);
        build.put("claim_mode", "True");
        if (options.guest() != SampleGuest.HVM) {
            // An HVM guest boots from its disk: an emulator wants a kernel's file even to restore.
            build.put("kernel", "/boot/vmlinuz-" + KernelContents.RELEASE)
                    .put("cmdline", COMMAND_LINE)
                    .put("ramdisk", "/boot/initrd.img-" + KernelContents.RELEASE);
        }
        ObjectNode type = build.putObject("type." + options.guest().configName());
        if (options.guest() == SampleGuest.HVM) {
            type.put("nographic", "True");
            type.putObject("vga").put("kind", "none");
            type.putObject("vnc").put("enable", "False");
            type.putObject("sdl");
            type.putObject("spice");
            type.putObject("rdm");
        }
        build.putObject("arch_arm");
        build.putObject("arch_x86").put("msr_relaxed", "False");
    }

    private static void devices(SampleImage options, ObjectNode config) {
        config.putArray("disks")
                .addObject()
                .put("pdev_path", "/dev/vg0/" + options.name())
                .put("vdev", "xvda")
                .put("backend", "phy")
                .put("format", "raw")
                .put("readwrite", 1);
        config.putArray("nics")
                .addObject()
                .put("devid", 0)
                .put("mac", mac(options))
                .put("bridge", "xenbr0")
                .put("script", "/etc/xen/scripts/vif-bridge")
                .put("nictype", "vif");
    }

    /** The address of the network interface. */
    static String mac(SampleImage options) {
        int mac = options.random(0x6d6163L).nextInt();
        return "00:16:3e:%02x:%02x:%02x".formatted(mac >>> 16 & 0x7f, mac >>> 8 & 0xff, mac & 0xff);
    }
}
