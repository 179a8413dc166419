"""Hides CPU features from the guest, so that the image restores on hosts that lack them.

The names are those of Xen's cpufeatureset.h, in lower case: avx2, xsaves, … A guest that has begun to use a feature
will not forget it: mask before it boots, or restore only where the feature is there.
"""

POLICY = {
    "api": 1,
    "name": "cpuid-mask",
    "version": "1.0",
    "params": {
        "features": {"required": True, "doc": "names of features to hide, separated by commas or spaces"},
    },
}


def on_record(record, ctx):
    if record.type != "X86_CPUID_POLICY":
        return
    for feature in ctx.params["features"].replace(",", " ").split():
        if record.feature(feature):
            record.set_feature(feature, False)
        else:
            ctx.log(f"{feature} is not set in this image")
