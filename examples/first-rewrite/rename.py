"""Gives the domain another name and notes in the image where it comes from."""

POLICY = {
    "api": 1,
    "name": "rename",
    "version": "1.0",
    "params": {"to": {"required": True, "doc": "the new name"}},
}


def on_config(config, ctx):
    config["c_info"]["name"] = ctx.params["to"]


def on_metadata(meta, ctx):
    meta["site.copied_from"] = ctx.image.name
    meta["site.copied_by"] = ctx.operator
