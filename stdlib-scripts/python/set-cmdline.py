"""Changes the kernel command line in the domain's config.

A running guest has read its command line already: the change counts from its next boot on.
"""

POLICY = {
    "api": 1,
    "name": "set-cmdline",
    "version": "1.0",
    "params": {
        "cmdline": {"default": "", "doc": "the new command line; empty keeps the old one"},
        "append": {"default": "", "doc": "words to add at its end, unless they are there"},
        "remove": {"default": "", "doc": "words to take out"},
    },
}


def on_config(config, ctx):
    build = config["b_info"]
    old = build.get("cmdline", "").split()
    gone = ctx.params["remove"].split()
    kept = [word for word in ctx.params["cmdline"].split() or old if word not in gone]
    made = kept + [word for word in ctx.params["append"].split() if word not in kept]
    if made != old:
        build["cmdline"] = " ".join(made)
