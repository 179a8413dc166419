"""Removes model-specific registers from what the image gives the guest, so that it restores on hosts that lack them.

It edits the guest's MSR policy (X86_MSR_POLICY) and the MSRs of each PV vCPU (X86_PV_VCPU_MSRS). A register that is
not in the image has its default on the new host. With `strict`, an image with a register that is neither kept nor
removed is refused, so that no register travels unnoticed.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "msr-filter",
    "version": "1.0",
    "params": {
        "remove": {
            "type": "array",
            "pattern": "^(0x[0-9A-Fa-f]{1,8}|[a-z_]+)$",
            "default": [],
            "doc": "registers to remove: 0x10a, or arch_caps, platform_info",
        },
        "keep": {
            "type": "array",
            "pattern": "^(0x[0-9A-Fa-f]{1,8}|[a-z_]+)$",
            "default": [],
            "doc": "registers to keep, for strict",
        },
        "strict": {
            "type": "boolean",
            "default": False,
            "doc": "refuse an image with a register that is in neither list",
        },
    },
}

NAMES = {"platform_info": 0xCE, "arch_caps": 0x10A}


def index(name):
    if name.startswith("0x"):
        return int(name, 16)
    if name in NAMES:
        return NAMES[name]
    raise ValueError(f"there is no register {name}: write its index, or {' or '.join(NAMES)}")


def on_record(record: "XenRecord", ctx: "Context"):
    if record.type != "X86_MSR_POLICY" and record.type != "X86_PV_VCPU_MSRS":
        return
    remove = [index(name) for name in ctx.params["remove"]]
    keep = [index(name) for name in ctx.params["keep"]]
    msrs = record.fields["msrs"]
    if ctx.params["strict"]:
        for msr in msrs:
            if msr["index"] not in remove and msr["index"] not in keep:
                ctx.veto(f"MSR {msr['index']:#x} is neither removed nor kept")
    for i in reversed(range(len(msrs))):
        if msrs[i]["index"] in remove:
            del msrs[i]
    if not msrs and record.type == "X86_MSR_POLICY":
        ctx.veto("every register of X86_MSR_POLICY would be removed, and Xen takes none that is empty: leave one")
