package org.xenimage.image.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The domain XML of libvirt in the words of libxl's JSON ({@code libxl_domain_config}), and back.
 *
 * <table>
 * <caption>What has a counterpart</caption>
 * <tr><th>libvirt</th><th>libxl</th></tr>
 * <tr><td>name, uuid</td><td>c_info.name, c_info.uuid</td></tr>
 * <tr><td>os.type, os.type.@machine</td><td>c_info.type, and the object b_info.type.TYPE</td></tr>
 * <tr><td>memory, currentMemory</td><td>b_info.max_memkb, b_info.target_memkb, in KiB</td></tr>
 * <tr><td>vcpu, vcpu.@current</td><td>b_info.max_vcpus, b_info.avail_vcpus</td></tr>
 * <tr><td>os.kernel, os.initrd, os.cmdline</td><td>b_info.kernel, .ramdisk, .cmdline</td></tr>
 * <tr><td>bootloader</td><td>b_info.bootloader</td></tr>
 * <tr><td>os.boot.@dev</td><td>b_info.type.hvm.boot</td></tr>
 * <tr><td>features.acpi, .apic, .pae</td><td>b_info.acpi, .apic; b_info.type.hvm.pae</td></tr>
 * <tr><td>features.hap.@state</td><td>c_info.hap</td></tr>
 * <tr><td>clock: @offset, @basis, @adjustment</td><td>b_info.localtime, .rtc_timeoffset, in seconds</td></tr>
 * <tr><td>clock.timer named tsc: @mode</td><td>b_info.tsc_mode</td></tr>
 * <tr><td>on_poweroff, on_reboot, on_crash</td><td>the same</td></tr>
 * <tr><td>devices.emulator</td><td>b_info.device_model</td></tr>
 * <tr><td>devices.disk</td><td>disks: pdev_path, vdev, backend, format, readwrite, is_cdrom</td></tr>
 * <tr><td>devices.interface</td><td>nics: mac, bridge, script, model, ifname</td></tr>
 * <tr><td>devices.graphics of type vnc</td><td>b_info.type.hvm.vnc, of others vfbs</td></tr>
 * <tr><td>devices.video.model: @type, @vram</td><td>b_info.type.hvm.vga.kind, b_info.video_memkb, in KiB</td></tr>
 * </table>
 *
 * <p>Sources: libvirt, {@code src/libxl/libxl_conf.c} and {@code docs/formatdomain.rst}; Xen,
 * {@code tools/libs/light/libxl_types.idl}.
 */
public final class DomainMapping {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final Map<String, Integer> POWERS =
            Map.of("k", 1, "m", 2, "g", 3, "t", 4, "p", 5, "e", 6);

    private static final Map<String, String> BOOT_LETTERS =
            Map.of("fd", "a", "hd", "c", "cdrom", "d", "network", "n");

    /** libvirt's drivers of disks, and libxl's backends. */
    private static final Map<String, String> BACKENDS =
            Map.of("phy", "phy", "file", "qdisk", "qemu", "qdisk", "tap", "tap");

    /** libvirt's modes of the timer tsc, and libxl's of the TSC. */
    private static final Map<String, String> COUNTER_MODES =
            Map.of(
                    "auto", "default",
                    "native", "native",
                    "emulate", "always_emulate",
                    "smpsafe", "native_paravirt");

    private static final List<String> ACTIONS = List.of("on_poweroff", "on_reboot", "on_crash");

    private DomainMapping() {}

    /** {@return pv, pvh or hvm in libxl's words; empty if it is none of them} */
    static String guestType(String type, String machine) {
        String kind = type.strip();
        if (kind.equals("xenpvh") || machine.equals("xenpvh")) return "pvh";
        return switch (kind) {
            case "hvm" -> "hvm";
            case "linux", "xen" -> "pv";
            default -> "";
        };
    }

    /**
     * A size of memory.
     *
     * @param text the number
     * @param unit of libvirt, such as {@code KiB} or {@code MB}; empty for KiB
     * @return KiB, rounded up; empty if it is none
     */
    static Optional<BigInteger> kibibytes(String text, String unit) {
        String digits = text.strip();
        if (!digits.matches("[0-9]{1,19}")) return Optional.empty();
        BigInteger number = new BigInteger(digits);
        String lower = unit.toLowerCase(Locale.ROOT);
        if (lower.isEmpty()) return Optional.of(number);
        if (lower.equals("b") || lower.equals("bytes")) return Optional.of(up(number));
        Integer power = POWERS.get(lower.substring(0, 1));
        String rest = lower.substring(1);
        if (power == null || !(rest.isEmpty() || rest.equals("ib") || rest.equals("b")))
            return Optional.empty();
        BigInteger base = BigInteger.valueOf(rest.equals("b") ? 1000 : 1024);
        return Optional.of(up(number.multiply(base.pow(power))));
    }

    private static BigInteger up(BigInteger bytes) {
        return bytes.add(BigInteger.valueOf(1023)).shiftRight(10);
    }

    /**
     * libvirt's config in libxl's words.
     *
     * @param domain the tree of the XML
     * @return what libxl has too
     */
    public static ConfigMapping toLibxl(JsonNode domain) {
        var from = new ConfigMapping.Taken(domain);
        ObjectNode config = NODES.objectNode();
        ObjectNode create = config.putObject("c_info");
        ObjectNode build = config.putObject("b_info");
        from.ifIs("xen", "@type");
        from.flag("@id");
        String machine = from.text("os", "type", "@machine").orElse("");
        from.ifIs("x86_64", "os", "type", "@arch");
        String type = guestType(from.content("os", "type").orElse(""), machine);
        if (!type.isEmpty()) create.put("type", type);
        from.content("name").ifPresent(name -> create.put("name", name));
        from.content("uuid").ifPresent(uuid -> create.put("uuid", uuid));
        vcpus(from, build);
        Optional<BigInteger> most = memory(from, "memory");
        Optional<BigInteger> now = memory(from, "currentMemory");
        most.ifPresent(kib -> build.put("max_memkb", kib));
        now.or(() -> most).ifPresent(kib -> build.put("target_memkb", kib));
        if (type.equals("hvm")) build.put("device_model_version", "qemu_xen");
        from.content("devices", "emulator").ifPresent(path -> build.put("device_model", path));
        from.content("bootloader").ifPresent(path -> build.put("bootloader", path));
        from.content("os", "kernel").ifPresent(path -> build.put("kernel", path));
        from.content("os", "cmdline").ifPresent(line -> build.put("cmdline", line));
        from.content("os", "initrd").ifPresent(path -> build.put("ramdisk", path));
        for (String feature : List.of("acpi", "apic"))
            if (from.flag("features", feature)) build.put(feature, "True");
        if (!type.isEmpty()) {
            ObjectNode own = build.putObject("type." + type);
            if (type.equals("hvm")) hvm(from, create, own);
            DisplayMapping.toLibxl(from, config, build, own);
        }
        clock(from, build);
        for (ConfigMapping.Taken balloon : from.all("devices", "memballoon"))
            balloon.ifIs("xen", "@model"); // every guest of libvirt's driver has it
        disks(from, config);
        nics(from, config);
        for (String action : ACTIONS)
            from.content(action).ifPresent(text -> config.put(action, action(text)));
        return new ConfigMapping(config, from.left());
    }

    private static Optional<BigInteger> memory(ConfigMapping.Taken from, String name) {
        String unit = from.text(name, "@unit").orElse("");
        return from.content(name).flatMap(text -> kibibytes(text, unit));
    }

    private static void vcpus(ConfigMapping.Taken from, ObjectNode build) {
        from.ifIs("static", "vcpu", "@placement");
        Optional<String> current = from.text("vcpu", "@current");
        Optional<Integer> most = from.content("vcpu").flatMap(DomainMapping::small);
        if (most.isEmpty()) return;
        build.put("max_vcpus", most.get());
        ArrayNode available = build.putArray("avail_vcpus");
        int online = current.flatMap(DomainMapping::small).orElse(most.get());
        for (int i = 0; i < Math.min(online, most.get()); i++) available.add(i);
    }

    private static Optional<Integer> small(String text) {
        return text.strip().matches("[0-9]{1,4}")
                ? Optional.of(Integer.valueOf(text.strip()))
                : Optional.empty();
    }

    private static void clock(ConfigMapping.Taken from, ObjectNode build) {
        String offset = from.text("clock", "@offset").orElse("utc");
        boolean variable = offset.equals("variable");
        String base = variable ? from.text("clock", "@basis").orElse("utc") : offset;
        build.put("localtime", base.equals("localtime") ? "True" : "False");
        from.ifIs("reset", "clock", "@adjustment");
        if (variable)
            from.text("clock", "@adjustment")
                    .filter(seconds -> seconds.matches("-?[0-9]{1,9}"))
                    .ifPresent(seconds -> build.put("rtc_timeoffset", Integer.parseInt(seconds)));
        for (ConfigMapping.Taken timer : from.all("clock", "timer")) {
            String mode = COUNTER_MODES.get(timer.node().path("@mode").asText("auto"));
            if (!timer.node().path("@name").asText().equals("tsc") || mode == null) continue;
            timer.ifIs("tsc", "@name");
            timer.text("@mode");
            build.put("tsc_mode", mode);
        }
    }

    private static void hvm(ConfigMapping.Taken from, ObjectNode create, ObjectNode own) {
        from.text("features", "hap", "@state")
                .ifPresent(state -> create.put("hap", state.equals("on") ? "True" : "False"));
        var boot = new StringBuilder();
        for (ConfigMapping.Taken one : from.all("os", "boot"))
            boot.append(one.text("@dev").map(dev -> BOOT_LETTERS.getOrDefault(dev, "")).orElse(""));
        if (!boot.isEmpty()) own.put("boot", boot.toString());
        if (from.flag("features", "pae")) own.put("pae", "True");
    }

    private static String action(String text) {
        String other = text.replace('-', '_');
        return other.equals("rename_restart") ? "restart_rename" : other;
    }

    private static void disks(ConfigMapping.Taken from, ObjectNode config) {
        ArrayNode disks = NODES.arrayNode();
        for (ConfigMapping.Taken one : from.all("devices", "disk")) {
            ObjectNode disk = disks.addObject();
            one.text("source", "@file")
                    .or(() -> one.text("source", "@dev"))
                    .ifPresent(path -> disk.put("pdev_path", path));
            one.text("target", "@dev").ifPresent(device -> disk.put("vdev", device));
            one.ifIs("xen", "target", "@bus");
            one.ifIs("file", "@type");
            one.ifIs("block", "@type");
            one.text("driver", "@name")
                    .map(name -> BACKENDS.getOrDefault(name, "unknown"))
                    .ifPresent(backend -> disk.put("backend", backend));
            disk.put("format", one.text("driver", "@type").orElse("raw"));
            boolean cd = one.text("@device").orElse("disk").equals("cdrom");
            boolean readOnly = one.flag("readonly") || cd;
            if (cd) disk.put("removable", 1).put("is_cdrom", 1);
            disk.put("readwrite", readOnly ? 0 : 1);
        }
        if (!disks.isEmpty()) config.set("disks", disks);
    }

    private static void nics(ConfigMapping.Taken from, ObjectNode config) {
        ArrayNode nics = NODES.arrayNode();
        for (ConfigMapping.Taken one : from.all("devices", "interface")) {
            ObjectNode nic = nics.addObject().put("devid", nics.size() - 1);
            one.ifIs("bridge", "@type");
            one.text("mac", "@address").ifPresent(mac -> nic.put("mac", mac));
            one.text("source", "@bridge").ifPresent(bridge -> nic.put("bridge", bridge));
            one.text("script", "@path").ifPresent(script -> nic.put("script", script));
            one.text("target", "@dev").ifPresent(name -> nic.put("ifname", name));
            String model = one.text("model", "@type").orElse("netfront");
            nic.put("nictype", model.equals("netfront") ? "vif" : "vif_ioemu");
            if (!model.equals("netfront")) nic.put("model", model);
        }
        if (!nics.isEmpty()) config.set("nics", nics);
    }

    /**
     * libxl's config in libvirt's words.
     *
     * @param config the tree of the JSON
     * @return what libvirt has too
     */
    public static ConfigMapping toLibvirt(JsonNode config) {
        var from = new ConfigMapping.Taken(config);
        ObjectNode domain = NODES.objectNode().put("@type", "xen");
        from.text("c_info", "name").ifPresent(name -> domain.put("name", name));
        from.text("c_info", "uuid").ifPresent(uuid -> domain.put("uuid", uuid));
        String type = from.text("c_info", "type").orElse("");
        put(domain, "memory", from.text("b_info", "max_memkb"));
        put(domain, "currentMemory", from.text("b_info", "target_memkb"));
        processors(from, domain);
        from.text("b_info", "bootloader").ifPresent(path -> domain.put("bootloader", path));
        os(from, domain.putObject("os"), type);
        features(from, domain, type);
        clockOf(from, domain);
        for (String action : ACTIONS)
            from.text(action)
                    .ifPresent(text ->
                            domain.put(
                                    action,
                                    text.equals("restart_rename")
                                            ? "rename-restart"
                                            : text.replace('_', '-')));
        ObjectNode devices = domain.putObject("devices");
        from.text("b_info", "device_model").ifPresent(path -> devices.put("emulator", path));
        if (type.equals("hvm")) from.ifIs("qemu_xen", "b_info", "device_model_version");
        for (ConfigMapping.Taken disk : from.all("disks"))
            devices.withArray("disk").add(disk(disk));
        for (ConfigMapping.Taken nic : from.all("nics"))
            devices.withArray("interface").add(nic(nic));
        DisplayMapping.toLibvirt(from, devices, type.equals("hvm"));
        if (devices.isEmpty()) domain.remove("devices");
        return new ConfigMapping(domain, from.left());
    }

    private static void put(ObjectNode domain, String name, Optional<String> kibibytes) {
        kibibytes.ifPresent(
                kib -> domain.putObject(name).put("@unit", "KiB").put(DomainXml.TEXT, plain(kib)));
    }

    /** A number of JSON, which may have an exponent, as digits. */
    static String plain(String number) {
        try {
            return number.length() > 40 ? number : new BigDecimal(number).toBigIntegerExact() + "";
        } catch (ArithmeticException | NumberFormatException e) {
            return number;
        }
    }

    private static void processors(ConfigMapping.Taken from, ObjectNode domain) {
        Optional<String> most = from.text("b_info", "max_vcpus");
        if (most.isEmpty()) return;
        ObjectNode vcpu = domain.putObject("vcpu").put("@placement", "static");
        int online = from.all("b_info", "avail_vcpus").size();
        from.flag("b_info", "avail_vcpus");
        if (online > 0 && !String.valueOf(online).equals(most.get()))
            vcpu.put("@current", Integer.toString(online));
        vcpu.put(DomainXml.TEXT, most.get());
    }

    private static void os(ConfigMapping.Taken from, ObjectNode os, String type) {
        ObjectNode kind = os.putObject("type").put("@arch", "x86_64");
        switch (type) {
            case "hvm" -> kind.put("@machine", "xenfv").put(DomainXml.TEXT, "hvm");
            case "pvh" -> kind.put("@machine", "xenpvh").put(DomainXml.TEXT, "xenpvh");
            default -> kind.put("@machine", "xenpv").put(DomainXml.TEXT, "linux");
        }
        from.text("b_info", "kernel").ifPresent(path -> os.put("kernel", path));
        from.text("b_info", "ramdisk").ifPresent(path -> os.put("initrd", path));
        from.text("b_info", "cmdline").ifPresent(line -> os.put("cmdline", line));
        String letters = from.text("b_info", "type.hvm", "boot").orElse("");
        for (int i = 0; i < letters.length(); i++) {
            String letter = letters.substring(i, i + 1);
            BOOT_LETTERS.forEach((device, its) -> {
                if (its.equals(letter)) os.withArray("boot").addObject().put("@dev", device);
            });
        }
    }

    private static void features(ConfigMapping.Taken from, ObjectNode domain, String type) {
        ObjectNode features = NODES.objectNode();
        for (String feature : List.of("acpi", "apic"))
            if (from.text("b_info", feature).orElse("").equals("True")) features.putNull(feature);
        if (type.equals("hvm") && from.text("b_info", "type.hvm", "pae").orElse("").equals("True"))
            features.putNull("pae");
        if (type.equals("hvm"))
            from.text("c_info", "hap")
                    .ifPresent(hap ->
                            features.putObject("hap")
                                    .put("@state", hap.equals("True") ? "on" : "off"));
        if (!features.isEmpty()) domain.set("features", features);
    }

    private static void clockOf(ConfigMapping.Taken from, ObjectNode domain) {
        boolean local = from.text("b_info", "localtime").orElse("").equals("True");
        Optional<String> shift = from.text("b_info", "rtc_timeoffset");
        String counter = from.node().path("b_info").path("tsc_mode").asText();
        ObjectNode clock = NODES.objectNode();
        String base = local ? "localtime" : "utc";
        if (shift.isPresent())
            clock.put("@offset", "variable")
                    .put("@adjustment", plain(shift.get()))
                    .put("@basis", base);
        else clock.put("@offset", base);
        COUNTER_MODES.forEach((mode, its) -> {
            if (!its.equals(counter)) return;
            from.flag("b_info", "tsc_mode");
            clock.withArray("timer").addObject().put("@name", "tsc").put("@mode", mode);
        });
        domain.set("clock", clock);
    }

    private static ObjectNode disk(ConfigMapping.Taken from) {
        String path = from.text("pdev_path").orElse("");
        String backend = from.text("backend").orElse("");
        boolean block = backend.equals("phy") || path.startsWith("/dev/");
        boolean cd = from.text("is_cdrom").orElse("0").equals("1");
        from.flag("removable");
        ObjectNode disk =
                NODES.objectNode()
                        .put("@type", block ? "block" : "file")
                        .put("@device", cd ? "cdrom" : "disk");
        ObjectNode driver = disk.putObject("driver");
        BACKENDS.forEach((name, its) -> {
            if (its.equals(backend) && !name.equals("file")) driver.put("@name", name);
        });
        driver.put("@type", from.text("format").orElse("raw"));
        if (!path.isEmpty()) disk.putObject("source").put(block ? "@dev" : "@file", path);
        from.text("vdev")
                .ifPresent(
                        device -> disk.putObject("target").put("@dev", device).put("@bus", "xen"));
        if (from.text("readwrite").orElse("1").equals("0")) disk.putNull("readonly");
        return disk;
    }

    private static ObjectNode nic(ConfigMapping.Taken from) {
        ObjectNode nic = NODES.objectNode().put("@type", "bridge");
        from.flag("devid");
        from.text("mac").ifPresent(mac -> nic.putObject("mac").put("@address", mac));
        from.text("bridge").ifPresent(name -> nic.putObject("source").put("@bridge", name));
        from.text("script").ifPresent(path -> nic.putObject("script").put("@path", path));
        from.text("ifname").ifPresent(name -> nic.putObject("target").put("@dev", name));
        String model = from.text("model").orElse("");
        String kind = from.text("nictype").orElse("");
        if (kind.equals("vif")) nic.putObject("model").put("@type", "netfront");
        else if (!model.isEmpty()) nic.putObject("model").put("@type", model);
        return nic;
    }
}
