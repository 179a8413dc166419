"""Connects the domain's network interfaces to the bridges of this host.

The map is in the site file, under `bridges`: `{"xenbr0": "br-dmz"}`. A bridge that is not in the map stays the same, or
makes the policy refuse the image, with `strict`.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "remap-bridges",
    "version": "1.0",
    "params": {
        "strict": {"default": False, "doc": "refuse an image with a bridge that is not in the map"},
    },
}


def on_config(config: "Config", ctx: "Context"):
    bridges = ctx.site.get("bridges", {})
    for nic in config.get("nics", []):
        bridge = nic.get("bridge")
        if bridge is None:
            continue
        if bridge in bridges:
            nic["bridge"] = bridges[bridge]
        elif ctx.params["strict"]:
            ctx.veto(f"bridge {bridge} is not in the site's map")
        else:
            ctx.warn(f"bridge {bridge} is not in the site's map; it is unchanged")
