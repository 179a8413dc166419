"""Refuses images that a Xen outside a range of versions saved.

An image of a newer Xen may hold records that this host's Xen does not know; one of an older Xen may miss some that
it needs. An image that does not say which Xen saved it, such as one that was converted from a legacy stream, is
refused too.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "require-xen",
    "version": "1.0",
    "params": {
        "minimum": {
            "type": "string",
            "pattern": "^([0-9]+\\.[0-9]+)?$",
            "default": "",
            "doc": "the oldest version, such as 4.14",
        },
        "maximum": {
            "type": "string",
            "pattern": "^([0-9]+\\.[0-9]+)?$",
            "default": "",
            "doc": "the newest version, such as 4.17",
        },
    },
}


def number(version):
    return tuple(int(part) for part in version.split("."))


def on_begin(ctx: "Context"):
    minimum, maximum = ctx.params["minimum"], ctx.params["maximum"]
    saved = ctx.image.xen
    if saved is None:
        ctx.veto("the image does not say which Xen saved it")
    if minimum and number(saved) < number(minimum):
        ctx.veto(f"Xen {saved} saved it; at least {minimum} is required")
    if maximum and number(saved) > number(maximum):
        ctx.veto(f"Xen {saved} saved it; at most {maximum} is allowed")
