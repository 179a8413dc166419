"""Gives the domain another name and notes in the image where it comes from."""

POLICY: "Policy" = {
    "api": 1,
    "name": "rename",
    "version": "1.0",
    "params": {"to": {"required": True, "doc": "the new name"}},
}


def on_config(config: "Config", ctx: "Context"):
    config["c_info"]["name"] = ctx.params["to"]


def on_metadata(meta: "Metadata", ctx: "Context"):
    meta["site.copied_from"] = ctx.image.name
    meta["site.copied_by"] = ctx.operator
