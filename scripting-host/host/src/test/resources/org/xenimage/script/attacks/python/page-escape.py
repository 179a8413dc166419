# attack: a page that is used after its hook
# refused: page.set_u64 was used after on_pages had returned
POLICY = {'api': 1}

kept = []


def on_pages(batch, ctx):
    kept.append(batch.page(0))


def on_end(summary, ctx):
    kept[0].set_u64(0, 1)
