"""Changes the kernel command line in the domain's config.

A running guest has already read its command line, so the change takes effect at the next boot.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "set-cmdline",
    "version": "1.0",
    "params": {
        "cmdline": {"default": "", "doc": "the new command line; empty keeps the old one"},
        "append": {"default": "", "doc": "words to append, unless they are already there"},
        "remove": {"default": "", "doc": "words to remove"},
    },
}


def on_config(config: "Config", ctx: "Context"):
    build = config["b_info"]
    old = build.get("cmdline", "").split()
    gone = ctx.params["remove"].split()
    kept = [word for word in ctx.params["cmdline"].split() or old if word not in gone]
    made = kept + [word for word in ctx.params["append"].split() if word not in kept]
    if made != old:
        build["cmdline"] = " ".join(made)
