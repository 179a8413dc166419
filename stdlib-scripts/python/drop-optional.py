"""Drops the optional records of an image, which a reader may ignore, and the site's metadata.

What is left is what every toolstack reads. With `metadata` false, the site's metadata is kept.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "drop-optional",
    "version": "1.0",
    "params": {
        "metadata": {"type": "boolean", "default": True, "doc": "drop the site's metadata too"},
    },
}


def on_metadata(meta: "Metadata", ctx: "Context"):
    if ctx.params["metadata"]:
        meta.clear()


def on_record(record: "XenRecord", ctx: "Context"):
    if record.optional:
        record.drop()
