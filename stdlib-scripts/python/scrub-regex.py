r"""Overwrites whatever matches a regular expression in the guest's memory, in ordinary pages.

It uses a page rule, which runs in Java, in time that grows with the size of the memory only. The expression is one of
RE2 over bytes: ASCII, no look-around, no back references, no anchors; other bytes are written `\xC3\xA9`. Begin it
with a literal where you can, as in `AKIA[0-9A-Z]{16}`: the literal is looked for first, which is many times
as fast. Page tables are never touched.

A match may be split over two pages: of adjacent PFNs, or adjacent only in the virtual memory of the kernel or of a
process, if it is not longer than they are. A file is searched for these first, along the guest's page tables. Of an
image that is read once, as from a pipe, they stay.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "scrub-regex",
    "version": "1.0",
    "params": {
        "regex": {"type": "string", "required": True, "doc": "the expression"},
        "fill": {"type": "integer", "minimum": 0, "maximum": 255, "default": 0, "doc": "the byte to write"},
        "across": {
            "enum": ["virtual", "batch"],
            "default": "virtual",
            "doc": "where a match may be split: over pages that follow one another in virtual memory, or in a batch",
        },
    },
}


def on_begin(ctx: "Context"):
    ctx.pages.scrub(regex=ctx.params["regex"], fill=ctx.params["fill"], across=ctx.params["across"])
