"""Checks what the policies before it made of an image, before the image is delivered, and refuses it if a statement
does not hold. Name it last: `--policy scrub-pattern --policy verify-after --set absent=API-TOKEN=`.

It sees every element as the writer gets it. A refused image is not delivered: there is no output file, and a save or
migration fails while the guest is still there. That the image is well-formed is checked after each policy in any case.
Texts are looked for in all pages that are not page tables, in the config and in the metadata; in pages also where they
are split over adjacent PFNs of one batch of 1,024. The bytes of other records are not searched.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "verify-after",
    "version": "1.0",
    "params": {
        "absent": {"type": "array", "default": [], "doc": "texts that must be nowhere"},
        "present": {
            "type": "array",
            "default": [],
            "doc": "texts that must be in a page, the config or the metadata",
        },
        "name": {"type": "string", "default": "", "doc": "the name that the domain must have"},
    },
}

found = set()


def texts(tree):
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield key
            yield from texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from texts(value)
    elif isinstance(tree, str):
        yield tree


def check(tree, where, ctx):
    for text in texts(tree):
        for one in ctx.params["absent"]:
            if one in text:
                ctx.veto(f'{where} contains "{one}"')
        found.update(one for one in ctx.params["present"] if one in text)


def on_config(config: "Config", ctx: "Context"):
    name = ctx.params["name"]
    has = config.get("c_info", {}).get("name")
    if name and has != name:
        ctx.veto(f"the name of the domain is {has}, not {name}")
    check(config, "the config", ctx)


def on_metadata(meta: "Metadata", ctx: "Context"):
    check(meta, "the metadata", ctx)


def on_pages(batch: "PageBatch", ctx: "Context"):
    for text in ctx.params["absent"]:
        for match in batch.find(text=text, limit=1):
            ctx.veto(f'page {hex(match["pfn"])} contains "{text}"')
    for text in ctx.params["present"]:
        if text not in found and batch.find(text=text, limit=1):
            found.add(text)


def on_end(summary: "Summary", ctx: "Context"):
    for text in ctx.params["present"]:
        if text not in found:
            ctx.veto(f'nothing contains "{text}"')
