"""Overwrites secrets in the guest's memory, wherever they occur in ordinary pages.

It uses a page rule, which runs in Java over every page, without a script call. Page tables are never touched.

A match may be split over two pages: of adjacent PFNs, or adjacent only in the virtual memory of the kernel or of a
process. A file is searched for these first, along the guest's page tables. An image that is read once, as from a pipe,
cannot be searched: there, `edge` bytes or more of the text at the end of a page or at the start of one count as a
match.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "scrub-pattern",
    "version": "1.0",
    "params": {
        "text": {"required": True, "doc": "the text that a secret begins with, UTF-8"},
        "length": {
            "type": "integer",
            "minimum": 0,
            "maximum": 4_194_304,
            "default": 0,
            "doc": "bytes to overwrite, from the start of the text; 0 for only the text",
        },
        "fill": {"type": "integer", "minimum": 0, "maximum": 255, "default": 0, "doc": "the byte to write"},
        "across": {
            "enum": ["virtual", "batch"],
            "default": "virtual",
            "doc": "where a match may be split: over pages that follow one another in virtual memory, or in a batch",
        },
        "edge": {
            "type": "integer",
            "minimum": 0,
            "maximum": 4096,
            "default": 4,
            "doc": "where the image is read once: so many bytes at the edge of a page count as a match; 0 for none",
        },
    },
}


def on_begin(ctx: "Context"):
    params = ctx.params
    text, length, fill = params["text"], params["length"], params["fill"]
    if params["across"] == "batch":
        ctx.pages.scrub(text=text, length=length, fill=fill)
    elif length <= 4096:
        ctx.pages.scrub(text=text, length=length, fill=fill, across="virtual", edge=params["edge"])
    else:
        ctx.warn(
            "a length above 4096 bytes: matches that are split over batches or in virtual memory are not found"
        )
        ctx.pages.scrub(text=text, length=length, fill=fill)
