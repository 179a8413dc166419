"""Fills the pages with zeros that the guest's kernel has free.

What deleted files and ended processes left in memory does not travel with the image, and the image compresses better.

The guest must be a 64-bit Linux. The free lists of its page allocator are found through VMCOREINFO, as makedumpfile
does, and checked against the state of each page. If anything does not fit, such as an unknown kernel or lists that were
being changed when the guest was saved, nothing is zeroed and a warning says why; with `required`, the image is refused.
The same holds for an image that is read once, as from a pipe. Pages in use are never touched.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "zero-free-pages",
    "version": "1.0",
    "params": {
        "required": {
            "type": "boolean",
            "default": False,
            "doc": "refuse the image if its free pages are not known",
        },
    },
}


def on_begin(ctx: "Context"):
    ctx.pages.zero_free(required=ctx.params["required"])
