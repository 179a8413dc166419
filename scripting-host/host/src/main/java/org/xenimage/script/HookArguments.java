package org.xenimage.script;

import static org.xenimage.script.api.MemberType.key;
import static org.xenimage.script.api.ScriptType.Plain.JSON;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;

import java.util.List;

/** The objects and dicts that hooks are given, in the language's own form. */
final class HookArguments {
    /** The parts of {@code libxl_domain_config} that policies edit most; it has many more. */
    static final ObjectType CONFIG =
            ObjectType.keys(
                            "Config",
                            "The toolstack's config, libxl_domain_config as xl writes it; these are its usual keys.",
                            key(
                                            "c_info",
                                            new ScriptType.Keyed(created()),
                                            true,
                                            "How the domain is created.")
                                    .like(
                                            "config.c_info.name = 'web2';",
                                            "config['c_info']['name'] = 'web2'"),
                            key(
                                            "b_info",
                                            new ScriptType.Keyed(built()),
                                            true,
                                            "How the domain is built.")
                                    .like(
                                            "config.b_info.max_memkb = 131072;",
                                            "config['b_info']['max_memkb'] = 131072"),
                            key(
                                            "disks",
                                            ScriptType.list(new ScriptType.Keyed(disk())),
                                            false,
                                            "The disks.")
                                    .like(
                                            "for (const disk of config.disks ?? []) ctx.log(disk.vdev);",
                                            "for disk in config.get('disks', []): ctx.log(disk.get('vdev'))"),
                            key(
                                            "nics",
                                            ScriptType.list(new ScriptType.Keyed(nic())),
                                            false,
                                            "The network interfaces.")
                                    .like(
                                            "for (const nic of config.nics ?? []) nic.bridge = 'br-dmz';",
                                            "for nic in config.get('nics', []): nic['bridge'] = 'br-dmz'"))
                    .open(JSON)
                    .in("config", Setting.in("onConfig"));

    static final ObjectType SUMMARY =
            ObjectType.keys(
                            "Summary",
                            "What a policy did in a run.",
                            key("policy", STRING, true, "The name of the policy.")
                                    .like("ctx.log(summary.policy);", "ctx.log(summary['policy'])"),
                            key("version", STRING, true, "The version of the policy.")
                                    .like(
                                            "ctx.log(summary.version);",
                                            "ctx.log(summary['version'])"),
                            key("digest", STRING, true, "The SHA-256 of its source.")
                                    .like("ctx.log(summary.digest);", "ctx.log(summary['digest'])"),
                            key("operation", STRING, true, "What was done.")
                                    .like(
                                            "ctx.log(summary.operation);",
                                            "ctx.log(summary['operation'])"),
                            key("operator", STRING, true, "Who ran it.")
                                    .like(
                                            "ctx.log(summary.operator);",
                                            "ctx.log(summary['operator'])"),
                            key("time", STRING, true, "When the run began.")
                                    .like("ctx.log(summary.time);", "ctx.log(summary['time'])"),
                            key("edits", NUMBER, true, "How many edits the policy made.")
                                    .like(
                                            "if (summary.edits === 0) ctx.log('none');",
                                            "if summary['edits'] == 0: ctx.log('none')"),
                            key("pages", NUMBER, true, "How many pages it edited.")
                                    .like(
                                            "ctx.log(`${summary.pages} pages`);",
                                            "ctx.log(f\"{summary['pages']} pages\")"),
                            key("bytes", NUMBER, true, "How many bytes of pages it edited.")
                                    .like(
                                            "ctx.log(`${summary.bytes} bytes`);",
                                            "ctx.log(f\"{summary['bytes']} bytes\")"))
                    .in("summary", Setting.in("onEnd"));

    static final ObjectType FAILURE =
            ObjectType.keys(
                            "Failure",
                            "What failed.",
                            key("message", STRING, true, "Where and why.")
                                    .like("ctx.log(error.message);", "ctx.log(error['message'])"),
                            key(
                                            "kind",
                                            STRING,
                                            true,
                                            "The kind of failure, such as PolicyRejected.")
                                    .like("ctx.log(error.kind);", "ctx.log(error['kind'])"))
                    .in("error", Setting.in("onFailure"));

    static final ObjectType METADATA =
            ObjectType.keys("Metadata", "Site metadata: any keys, with the namespace of the site.")
                    .open(JSON)
                    .in("meta", Setting.in("onMetadata"));

    private HookArguments() {}

    static List<ObjectType> all() {
        return List.of(CONFIG, METADATA, SUMMARY, FAILURE);
    }

    private static ObjectType created() {
        return ObjectType.keys(
                        "ConfigCreate",
                        "How the domain is created.",
                        key("name", STRING, true, "The name of the domain."),
                        key("uuid", STRING, false, "The UUID of the domain."),
                        key("type", STRING, false, "pv, hvm or pvh."),
                        key("xsdata", new ScriptType.MapOf(JSON), false, "More keys for xenstore."),
                        key(
                                "platformdata",
                                new ScriptType.MapOf(JSON),
                                false,
                                "More keys for xenstore's platform."))
                .open(JSON);
    }

    private static ObjectType built() {
        return ObjectType.keys(
                        "ConfigBuild",
                        "How the domain is built.",
                        key("max_vcpus", NUMBER, false, "How many vCPUs there can be."),
                        key("max_memkb", NUMBER, false, "The most memory, in KiB."),
                        key("target_memkb", NUMBER, false, "The memory at the start, in KiB."),
                        key("kernel", STRING, false, "The file of the kernel."),
                        key("ramdisk", STRING, false, "The file of the initial RAM disk."),
                        key("cmdline", STRING, false, "The kernel's command line."))
                .open(JSON);
    }

    private static ObjectType disk() {
        return ObjectType.keys(
                        "ConfigDisk",
                        "A disk.",
                        key("vdev", STRING, false, "The name in the guest, such as xvda."),
                        key("pdev_path", STRING, false, "The device or the file behind it."),
                        key("backend", STRING, false, "phy, tap or qdisk."),
                        key("format", STRING, false, "raw, qcow2, …"),
                        key("script", STRING, false, "The hotplug script."),
                        key("readwrite", NUMBER, false, "1 if the guest can write."))
                .open(JSON);
    }

    private static ObjectType nic() {
        return ObjectType.keys(
                        "ConfigNic",
                        "A network interface.",
                        key("devid", NUMBER, false, "The number of the interface."),
                        key("mac", STRING, false, "The address."),
                        key("bridge", STRING, false, "The bridge of the host."),
                        key("script", STRING, false, "The hotplug script."),
                        key("ip", STRING, false, "The IP address for the hotplug script."),
                        key("ifname", STRING, false, "The name of the interface in the host."),
                        key("nictype", STRING, false, "vif or vif_ioemu."))
                .open(JSON);
    }
}
