"""Overwrites secrets in the guest's memory, wherever they stand in ordinary pages.

A page rule: it runs in Java over every page and costs no script call. Page tables are never touched. A match split
over two pages that are neighbours by PFN is found where both are in one batch of 1,024.
"""

POLICY = {
    "api": 1,
    "name": "scrub-pattern",
    "version": "1.0",
    "params": {
        "text": {"required": True, "doc": "the text that a secret begins with, UTF-8"},
        "length": {"default": 0, "doc": "bytes to overwrite from there on; 0 for the text alone"},
        "fill": {"default": 0, "doc": "the byte to write, 0 to 255"},
    },
}


def on_begin(ctx):
    ctx.pages.scrub(text=ctx.params["text"], length=int(ctx.params["length"]), fill=int(ctx.params["fill"]))
