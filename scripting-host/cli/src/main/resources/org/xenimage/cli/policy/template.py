"""@NAME@: what it is for, in one line."""

POLICY = {
    "api": 1,
    "name": "@NAME@",
    "version": "0.1",
    "on": ["rewrite"],  # save, restore, migrate-out, migrate-in, rewrite; leave it out for all
    # "match": {"guest": "pv", "name": re.compile(r"^web-")},
    "onError": "abort",  # or "skip": the run goes on without this policy
    "params": {
        "greeting": {"default": "hello", "doc": "what to write into the site metadata"},
    },
}


# The beginning: declare page rules, which run at full speed in Java, or refuse with ctx.veto("why").
def on_begin(ctx):
    # ctx.pages.scrub(text="SECRET=", length=64)
    ctx.log(f"{ctx.image.name or 'a domain'}: {ctx.image.guest}, saved by Xen {ctx.image.xen}")


# The toolstack's config: change it in place.
def on_config(config, ctx):
    pass


# Site metadata: namespaced keys.
def on_metadata(meta, ctx):
    meta["site.greeting"] = ctx.params["greeting"]


# Every record but page data: record.type, record.fields, record.bytes; record.drop() and more.
# def on_record(record, ctx):
#     pass


# Up to 1,024 pages at once: batch.find, batch.scrub, batch.select, batch.page(i).u64(offset).
# def on_pages(batch, ctx):
#     pass


# def on_end(summary, ctx): ...
# def on_failure(error, ctx): ...
