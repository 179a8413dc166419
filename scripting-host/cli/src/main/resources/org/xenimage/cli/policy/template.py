"""@NAME@: what it is for, in one line."""

POLICY: "Policy" = {
    "api": 1,
    "name": "@NAME@",
    "version": "0.1",
    "on": ["rewrite"],  # save, restore, migrate-out, migrate-in, rewrite; omit it for all
    # "match": {"guest": "pv", "name": re.compile(r"^web-")},
    "onError": "abort",  # or "skip": continue the run without this policy
    "params": {
        "greeting": {"default": "hello", "doc": "what to write into the site metadata"},
    },
}


# The start of a run: declare page rules, which run at full speed in Java, or refuse with ctx.veto("why").
def on_begin(ctx: "Context"):
    # ctx.pages.scrub(text="SECRET=", length=64)
    ctx.log(f"{ctx.image.name or 'a domain'}: {ctx.image.guest}, saved by Xen {ctx.image.xen}")


# The toolstack's config: edit it in place.
def on_config(config: "Config", ctx: "Context"):
    pass


# Site metadata: namespaced keys.
def on_metadata(meta: "Metadata", ctx: "Context"):
    meta["site.greeting"] = ctx.params["greeting"]


# Every record except page data: record.type, record.fields, record.bytes; record.drop() and more.
# def on_record(record: "XenRecord", ctx: "Context"):
#     pass


# Up to 1,024 pages at once: batch.find, batch.scrub, batch.select, batch.page(i).u64(offset).
# def on_pages(batch: "PageBatch", ctx: "Context"):
#     pass


# A site section of a native image: section.name, section.text, section.bytes; section.drop(). ctx.add_section adds one.
# def on_section(section: "SiteSection", ctx: "Context"):
#     pass


# def on_end(summary: "Summary", ctx: "Context"): ...
# def on_failure(error: "Failure", ctx: "Context"): ...
