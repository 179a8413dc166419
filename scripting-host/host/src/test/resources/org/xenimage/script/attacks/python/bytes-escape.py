# attack: the bytes of a page, kept when the hook has returned
# contained: looked
POLICY = {'api': 1}

kept = []


def on_pages(batch, ctx):
    kept.append(batch.page(0).bytes())


def on_end(summary, ctx):
    for one in kept:
        try:
            memoryview(one)[0] = 255
        except TypeError:
            pass
    ctx.log('looked')
