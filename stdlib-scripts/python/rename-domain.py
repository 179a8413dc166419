"""Changes the name of the domain and, optionally, its UUID, so that it can be restored next to the original."""

POLICY: "Policy" = {
    "api": 1,
    "name": "rename-domain",
    "version": "1.0",
    "params": {
        "to": {"required": True, "doc": "the new name; {name} stands for the old one"},
        "uuid": {"default": "", "doc": "the new UUID; empty keeps the old one"},
    },
}


def on_config(config: "Config", ctx: "Context"):
    identity = config["c_info"]
    identity["name"] = ctx.params["to"].replace("{name}", identity["name"])
    if ctx.params["uuid"] != "":
        identity["uuid"] = ctx.params["uuid"]
