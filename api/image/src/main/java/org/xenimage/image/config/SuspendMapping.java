package org.xenimage.image.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The record of xenopsd in the words of libxl's JSON ({@code libxl_domain_config}), and back.
 *
 * <p>The record's {@code vm_str} is an s-expression again, as text: the VM as xenopsd knows it. Disks and network
 * interfaces are not in it, because xapi keeps those.
 *
 * <table>
 * <caption>What has a counterpart</caption>
 * <tr><th>xenopsd, in vm_str</th><th>libxl</th></tr>
 * <tr><td>id, name</td><td>c_info.uuid, c_info.name</td></tr>
 * <tr><td>ty: HVM, PV, PVH, PVinPVH</td><td>c_info.type, and the object b_info.type.TYPE; PVinPVH is pvh with
 *     pvshim</td></tr>
 * <tr><td>memory_static_max, in bytes</td><td>b_info.max_memkb, in KiB</td></tr>
 * <tr><td>memory_dynamic_max, in bytes</td><td>b_info.target_memkb, in KiB</td></tr>
 * <tr><td>vcpu_max, vcpus</td><td>b_info.max_vcpus, b_info.avail_vcpus</td></tr>
 * <tr><td>scheduler_params.priority: weight, cap</td><td>b_info.sched_params.weight, .cap</td></tr>
 * <tr><td>on_shutdown, on_reboot, on_crash</td><td>on_poweroff, on_reboot, on_crash</td></tr>
 * <tr><td>PV, PVH: boot.Direct.kernel, .cmdline, .ramdisk</td><td>b_info.kernel, .cmdline, .ramdisk</td></tr>
 * <tr><td>PV, PVH: boot.Indirect.bootloader</td><td>b_info.bootloader</td></tr>
 * <tr><td>HVM: hap, acpi</td><td>c_info.hap, b_info.acpi</td></tr>
 * <tr><td>HVM: boot_order, serial, keymap</td><td>b_info.type.hvm.boot, .serial, .keymap</td></tr>
 * <tr><td>HVM: video, video_mib</td><td>b_info.type.hvm.vga.kind, b_info.video_memkb</td></tr>
 * </table>
 *
 * <p>Source: xen-api, {@code ocaml/xapi-idl/xen/xenops_types.ml} ({@code Vm.t}) and
 * {@code ocaml/xenopsd/lib/suspend_image.ml}; Xen, {@code tools/libs/light/libxl_types.idl}.
 */
public final class SuspendMapping {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String VM = "vm_str";

    /** A time that no clock tells: a conversion gives the same bytes whenever it runs. */
    private static final String TIME = "19700101T00:00:00Z";

    /** What xenopsd does in turn, and libxl's one word for it. */
    private static final Map<List<String>, String> ACTIONS =
            Map.of(
                    List.of("Shutdown"), "destroy",
                    List.of("Start"), "restart",
                    List.of("Pause"), "preserve",
                    List.of("Softreboot"), "soft_reset",
                    List.of("Coredump", "Shutdown"), "coredump_destroy",
                    List.of("Coredump", "Start"), "coredump_restart");

    private static final Pattern UUID =
            Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private static final List<String> EVENTS = List.of("on_shutdown", "on_reboot", "on_crash");

    private static final Map<String, String> CARDS =
            Map.of("Cirrus", "cirrus", "Standard_VGA", "std");

    private SuspendMapping() {}

    /**
     * xenopsd's record in libxl's words.
     *
     * @param record its tree
     * @return what libxl has too
     * @throws ImageException a {@link org.xenimage.image.fault.LimitExceeded} if {@code vm_str} is too large or too
     * deep
     */
    public static ConfigMapping toLibxl(JsonNode record) throws ImageException {
        var from = new ConfigMapping.Taken(withVm(record));
        from.flag("time");
        from.ifIs("64", "word_size");
        ObjectNode config = NODES.objectNode();
        ObjectNode create = config.putObject("c_info");
        ObjectNode build = config.putObject("b_info");
        type(from, create, build);
        from.text(VM, "name").ifPresent(name -> create.put("name", name));
        // libxl refuses a config with any other text here.
        if (UUID.matcher(from.node().path(VM).path("id").asText()).matches())
            from.text(VM, "id").ifPresent(id -> create.put("uuid", id));
        bytes(from, "memory_static_max").ifPresent(kib -> build.put("max_memkb", kib));
        bytes(from, "memory_dynamic_max").ifPresent(kib -> build.put("target_memkb", kib));
        vcpus(from, build);
        List<ConfigMapping.Taken> priority = from.all(VM, "scheduler_params", "priority");
        if (priority.size() == 1) {
            JsonNode pair = priority.getFirst().node();
            ObjectNode scheduling = build.putObject("sched_params");
            number(pair.path(0).asText()).ifPresent(weight -> scheduling.put("weight", weight));
            number(pair.path(1).asText()).ifPresent(cap -> scheduling.put("cap", cap));
            from.flag(VM, "scheduler_params", "priority");
        }
        for (String event : EVENTS) {
            String action = ACTIONS.get(texts(from.node().path(VM).path(event)));
            if (action == null) continue;
            config.put(event.equals("on_shutdown") ? "on_poweroff" : event, action);
            from.flag(VM, event);
        }
        return new ConfigMapping(config, from.left());
    }

    /** The record with vm_str as a tree, and what is a list of names with their values in it as an object. */
    private static JsonNode withVm(JsonNode record) throws ImageException {
        if (!(record.path(VM).isTextual() && record instanceof ObjectNode object)) return record;
        byte[] text = record.path(VM).asText().getBytes(StandardCharsets.UTF_8);
        ObjectNode vm;
        try {
            vm = SuspendRecord.parse(MemorySegment.ofArray(text), Fault.in(VM));
        } catch (CorruptImage e) {
            return record; // another release may have put something else there
        }
        for (String name : List.of("xsdata", "platformdata", "bios_strings", "scheduler_params"))
            if (vm.has(name)) vm.set(name, named(vm.path(name)));
        JsonNode type = vm.path("ty");
        if (type.isArray() && type.size() == 2 && type.path(0).isTextual()) {
            ObjectNode own = NODES.objectNode();
            own.set(type.path(0).asText(), named(type.path(1)));
            JsonNode boot = own.path(type.path(0).asText()).path("boot");
            if (boot.isArray() && boot.size() == 2)
                ((ObjectNode) own.path(type.path(0).asText()))
                        .putObject("boot")
                        .set(boot.path(0).asText(), named(boot.path(1)));
            vm.set("ty", own);
        }
        ObjectNode whole = object.deepCopy();
        whole.set(VM, vm);
        return whole;
    }

    /** An object of a list of pairs; the same if it is something else. */
    private static JsonNode named(JsonNode pairs) {
        if (!pairs.isArray()) return pairs;
        ObjectNode object = NODES.objectNode();
        for (JsonNode pair : pairs) {
            if (!pair.isArray() || pair.size() != 2 || !pair.path(0).isTextual()) return pairs;
            object.set(pair.path(0).asText(), pair.path(1));
        }
        return object;
    }

    private static void type(ConfigMapping.Taken from, ObjectNode create, ObjectNode build) {
        JsonNode types = from.node().path(VM).path("ty");
        if (!types.isObject() || types.size() != 1) return;
        String kind = types.fieldNames().next();
        switch (kind) {
            case "HVM" -> {
                create.put("type", "hvm");
                flag(from, create, "hap", VM, "ty", kind, "hap");
                build.put("device_model_version", "qemu_xen");
                hvm(from, build);
            }
            case "PV" -> {
                create.put("type", "pv");
                boot(from, build, kind);
                build.putObject("type.pv");
            }
            case "PVH", "PVinPVH" -> {
                create.put("type", "pvh");
                boot(from, build, kind);
                ObjectNode own = build.putObject("type.pvh");
                if (kind.equals("PVinPVH")) own.put("pvshim", "True");
            }
            default -> {}
        }
    }

    private static void hvm(ConfigMapping.Taken from, ObjectNode build) {
        flag(from, build, "acpi", VM, "ty", "HVM", "acpi");
        from.text(VM, "ty", "HVM", "video_mib")
                .flatMap(SuspendMapping::number)
                .ifPresent(mib -> build.put("video_memkb", mib.shiftLeft(10)));
        ObjectNode own = build.putObject("type.hvm");
        from.text(VM, "ty", "HVM", "boot_order")
                .filter(order -> !order.isEmpty())
                .ifPresent(order -> own.put("boot", order));
        String card = CARDS.get(from.node().path(VM).path("ty").path("HVM").path("video").asText());
        if (card != null) {
            own.putObject("vga").put("kind", card);
            from.flag(VM, "ty", "HVM", "video");
        }
        for (String one : List.of("serial", "keymap")) {
            List<String> value = texts(from.node().path(VM).path("ty").path("HVM").path(one));
            if (value.size() == 1) own.put(one, value.getFirst());
            if (value.size() == 1) from.flag(VM, "ty", "HVM", one);
        }
    }

    private static void boot(ConfigMapping.Taken from, ObjectNode build, String kind) {
        for (String one : List.of("kernel", "cmdline"))
            from.text(VM, "ty", kind, "boot", "Direct", one)
                    .filter(text -> !text.isEmpty())
                    .ifPresent(text -> build.put(one, text));
        JsonNode at = from.node().path(VM).path("ty").path(kind).path("boot");
        List<String> ramdisk = texts(at.path("Direct").path("ramdisk"));
        if (ramdisk.size() == 1) {
            build.put("ramdisk", ramdisk.getFirst());
            from.flag(VM, "ty", kind, "boot", "Direct", "ramdisk");
        }
        from.text(VM, "ty", kind, "boot", "Indirect", "bootloader")
                .filter(text -> !text.isEmpty())
                .ifPresent(text -> build.put("bootloader", text));
    }

    private static void vcpus(ConfigMapping.Taken from, ObjectNode build) {
        Optional<BigInteger> most = from.text(VM, "vcpu_max").flatMap(SuspendMapping::number);
        Optional<BigInteger> now = from.text(VM, "vcpus").flatMap(SuspendMapping::number);
        if (most.isEmpty() || most.get().bitLength() > 13) return;
        build.put("max_vcpus", most.get());
        ArrayNode available = build.putArray("avail_vcpus");
        int online = now.filter(count -> count.bitLength() <= 13).orElse(most.get()).intValue();
        for (int i = 0; i < Math.min(online, most.get().intValue()); i++) available.add(i);
    }

    private static void flag(ConfigMapping.Taken from, ObjectNode to, String name, String... path) {
        from.text(path).ifPresent(text -> to.put(name, text.equals("true") ? "True" : "False"));
    }

    /** A number of bytes, in KiB, rounded up. */
    private static Optional<BigInteger> bytes(ConfigMapping.Taken from, String name) {
        return from.text(VM, name)
                .flatMap(SuspendMapping::number)
                .map(bytes -> bytes.add(BigInteger.valueOf(1023)).shiftRight(10));
    }

    private static Optional<BigInteger> number(String text) {
        return text.matches("[0-9]{1,19}") ? Optional.of(new BigInteger(text)) : Optional.empty();
    }

    /** The texts of a list of them; none if it is something else. */
    private static List<String> texts(JsonNode list) {
        if (!list.isArray() || list.isEmpty()) return List.of();
        return list.valueStream().map(one -> one.isTextual() ? one.asText() : "").toList();
    }

    /** {@return the record of an image whose config is not known: when it was made, and no more} */
    public static ObjectNode empty() {
        return NODES.objectNode().put("time", TIME).put("word_size", "64");
    }

    /**
     * libxl's config as xenopsd's record.
     *
     * @param config the tree of the JSON
     * @return what xenopsd has too
     */
    public static ConfigMapping toXenopsd(JsonNode config) {
        var from = new ConfigMapping.Taken(config);
        var vm = new Fields();
        String type = from.text("c_info", "type").orElse("");
        vm.put("id", from.text("c_info", "uuid").orElse(""));
        vm.put("name", from.text("c_info", "name").orElse("unnamed"));
        vm.put("ssidref", "0");
        for (String none : List.of("xsdata", "platformdata", "bios_strings")) vm.put(none);
        vm.put("ty", type(from, type));
        vm.put("suppress_spurious_page_faults", "false");
        vm.put("machine_address_size");
        String most = inBytes(from.text("b_info", "max_memkb"), "0");
        String now = inBytes(from.text("b_info", "target_memkb"), most);
        vm.put("memory_static_max", most);
        vm.put("memory_dynamic_max", now);
        vm.put("memory_dynamic_min", now);
        String vcpus = from.text("b_info", "max_vcpus").orElse("1");
        int online = from.all("b_info", "avail_vcpus").size();
        from.flag("b_info", "avail_vcpus");
        vm.put("vcpu_max", vcpus);
        vm.put("vcpus", online > 0 ? Integer.toString(online) : vcpus);
        var scheduling = new Fields();
        Optional<String> weight = from.text("b_info", "sched_params", "weight");
        if (weight.isEmpty()) scheduling.put("priority");
        else {
            ArrayNode pair = NODES.arrayNode().add(weight.get());
            pair.add(from.text("b_info", "sched_params", "cap").orElse("0"));
            scheduling.put("priority", NODES.arrayNode().add(pair));
        }
        scheduling.put("affinity");
        vm.put("scheduler_params", scheduling.pairs);
        vm.put("on_crash", actions(from, "on_crash", "destroy"));
        vm.put("on_shutdown", actions(from, "on_poweroff", "destroy"));
        vm.put("on_reboot", actions(from, "on_reboot", "restart"));
        vm.put("on_softreboot", NODES.arrayNode().add("Softreboot"));
        vm.put("pci_msitranslate", "true");
        vm.put("pci_power_mgmt", "false");
        vm.put("has_vendor_device", "false");
        vm.put("generation_id");
        ObjectNode record = empty();
        record.put(VM, new String(SuspendRecord.print(vm.object()), StandardCharsets.UTF_8));
        record.putArray("xs_subtree");
        return new ConfigMapping(record, from.left());
    }

    /** A record of an s-expression while it is made: names with their values, in order. */
    private static final class Fields {
        private final ArrayNode pairs = NODES.arrayNode();

        /** An empty list, which is what xenopsd has for nothing. */
        void put(String name) {
            put(name, NODES.arrayNode());
        }

        void put(String name, String value) {
            pairs.addArray().add(name).add(value);
        }

        void put(String name, JsonNode value) {
            pairs.addArray().add(name).add(value);
        }

        /** A value that may be absent. */
        void put(String name, Optional<String> value) {
            ArrayNode list = NODES.arrayNode();
            value.ifPresent(list::add);
            put(name, list);
        }

        ObjectNode object() {
            ObjectNode object = NODES.objectNode();
            for (JsonNode pair : pairs) object.set(pair.path(0).asText(), pair.path(1));
            return object;
        }
    }

    private static JsonNode type(ConfigMapping.Taken from, String type) {
        String kind =
                switch (type) {
                    case "hvm" -> "HVM";
                    case "pvh" ->
                            from.text("b_info", "type.pvh", "pvshim").orElse("").equals("True")
                                    ? "PVinPVH"
                                    : "PVH";
                    default -> "PV";
                };
        var own = new Fields();
        if (kind.equals("HVM")) hvm(from, own);
        else paravirtual(from, own);
        return NODES.arrayNode().add(kind).add(own.pairs);
    }

    private static void hvm(ConfigMapping.Taken from, Fields own) {
        from.ifIs("qemu_xen", "b_info", "device_model_version");
        own.put("hap", truth(from.text("c_info", "hap"), true));
        own.put("shadow_multiplier", "1");
        own.put("timeoffset", "");
        String video = from.text("b_info", "video_memkb").orElse("");
        own.put(
                "video_mib",
                video.matches("[0-9]{1,12}") ? Long.toString(Long.parseLong(video) >> 10) : "4");
        String card = from.text("b_info", "type.hvm", "vga", "kind").orElse("cirrus");
        own.put("video", card.equals("cirrus") ? "Cirrus" : "Standard_VGA");
        own.put("acpi", truth(from.text("b_info", "acpi"), true));
        own.put("serial", from.text("b_info", "type.hvm", "serial"));
        own.put("keymap", from.text("b_info", "type.hvm", "keymap"));
        own.put("vnc_ip");
        own.put("pci_emulations");
        own.put("pci_passthrough", "false");
        own.put("boot_order", from.text("b_info", "type.hvm", "boot").orElse(""));
        own.put("qemu_disk_cmdline", "false");
        own.put("qemu_stubdom", "false");
        own.put("firmware", "Bios");
        own.put("tpm");
    }

    private static void paravirtual(ConfigMapping.Taken from, Fields own) {
        var boot = new Fields();
        Optional<String> bootloader = from.text("b_info", "bootloader");
        if (bootloader.isPresent()) {
            boot.put("bootloader", bootloader.get());
            for (String none : List.of("extra_args", "legacy_args", "bootloader_args"))
                boot.put(none, "");
            boot.put("devices");
        } else {
            boot.put("kernel", from.text("b_info", "kernel").orElse(""));
            boot.put("cmdline", from.text("b_info", "cmdline").orElse(""));
            boot.put("ramdisk", from.text("b_info", "ramdisk"));
        }
        own.put(
                "boot",
                NODES.arrayNode()
                        .add(bootloader.isPresent() ? "Indirect" : "Direct")
                        .add(boot.pairs));
        own.put("framebuffer", "false");
        own.put("framebuffer_ip");
        own.put("vncterm", "true");
        own.put("vncterm_ip");
        own.put("pci_passthrough", "false");
    }

    private static String truth(Optional<String> text, boolean otherwise) {
        return Boolean.toString(text.map("True"::equals).orElse(otherwise));
    }

    private static ArrayNode actions(ConfigMapping.Taken from, String event, String otherwise) {
        String wanted = from.node().path(event).asText(otherwise);
        List<String> known =
                ACTIONS.entrySet().stream()
                        .filter(one -> one.getValue().equals(wanted))
                        .findFirst()
                        .map(Map.Entry::getKey)
                        .orElse(List.of());
        if (!known.isEmpty()) from.flag(event);
        ArrayNode list = NODES.arrayNode();
        (known.isEmpty() ? List.of("Shutdown") : known).forEach(list::add);
        return list;
    }

    private static String inBytes(Optional<String> kibibytes, String otherwise) {
        return kibibytes
                .flatMap(kib -> number(DomainMapping.plain(kib)))
                .map(kib -> kib.shiftLeft(10).toString())
                .orElse(otherwise);
    }
}
