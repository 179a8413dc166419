"""Connects the domain's disks to the paths of this host.

The map is in the site file, under `disks`: `{ "/dev/vg0/": "/dev/vg-ssd/" }`. The longest beginning of a path that is
in the map is replaced. A path that matches none stays the same, or makes the policy refuse the image, with `strict`.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "remap-disks",
    "version": "1.0",
    "params": {
        "strict": {
            "type": "boolean",
            "default": False,
            "doc": "refuse an image with a path that the map does not cover",
        },
    },
}


def on_config(config: "Config", ctx: "Context"):
    disks = ctx.site.get("disks", {})
    beginnings = sorted(disks, key=len, reverse=True)
    for disk in config.get("disks", []):
        path = disk.get("pdev_path", "")
        if not path:
            continue
        beginning = next((known for known in beginnings if path.startswith(known)), None)
        if beginning is not None:
            disk["pdev_path"] = disks[beginning] + path[len(beginning):]
        elif ctx.params["strict"]:
            ctx.veto(f"disk {path} is not in the site's map")
        else:
            ctx.warn(f"disk {path} is not in the site's map; it is unchanged")
