"""Takes secrets out of the domain's config: passwords of VNC and SPICE, and any key whose name says password, passwd,
passphrase, secret or token.

A domain that is restored from the image has no such password; set it again in the config that xl restores with, or
do not connect its display to a network. With `consoles`, the paths of console and serial logs are removed too, which
often name a customer or a host.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "redact-config",
    "version": "1.0",
    "params": {
        "keys": {"type": "array", "default": [], "doc": "more keys to remove, wherever they are in the config"},
        "consoles": {
            "type": "boolean",
            "default": False,
            "doc": "also remove where consoles and serial lines are logged to",
        },
    },
}

SECRET = ("password", "passwd", "passphrase", "secret", "token")
CONSOLES = ("serial", "serial_list", "console", "output")


def redact(tree, wanted):
    if isinstance(tree, dict):
        for key in [key for key in tree if wanted(key)]:
            del tree[key]
        for value in tree.values():
            redact(value, wanted)
    elif isinstance(tree, list):
        for value in tree:
            redact(value, wanted)


def on_config(config: "Config", ctx: "Context"):
    keys = list(ctx.params["keys"]) + (list(CONSOLES) if ctx.params["consoles"] else [])
    redact(config, lambda key: key.lower().endswith(SECRET) or key in keys)
