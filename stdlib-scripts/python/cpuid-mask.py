"""Hides CPU features from the guest, so that the image restores on hosts that lack them.

The names are those of Xen's cpufeatureset.h, in lower case: avx2, xsaves, … A guest that already uses a
feature continues to use it: mask it before boot, or restore only on hosts that have it.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "cpuid-mask",
    "version": "1.1",
    "params": {
        "features": {"type": "array", "required": True, "doc": "names of features to hide"},
    },
}


def on_record(record: "XenRecord", ctx: "Context"):
    if record.type != "X86_CPUID_POLICY":
        return
    for feature in ctx.params["features"]:
        if record.feature(feature):
            record.set_feature(feature, False)
        else:
            ctx.log(f"{feature} is not set in this image")
