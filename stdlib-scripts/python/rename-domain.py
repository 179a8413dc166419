"""Gives the domain another name and, if asked, another UUID, so that it can be restored beside its original."""

POLICY = {
    "api": 1,
    "name": "rename-domain",
    "version": "1.0",
    "params": {
        "to": {"required": True, "doc": "the new name; {name} stands for the old one"},
        "uuid": {"default": "", "doc": "the new UUID; empty keeps the old one"},
    },
}


def on_config(config, ctx):
    identity = config["c_info"]
    identity["name"] = ctx.params["to"].replace("{name}", identity["name"])
    if ctx.params["uuid"] != "":
        identity["uuid"] = ctx.params["uuid"]
